namespace Weft.Dataplane;

/// <summary>Where the vrouter's tables are written to, by the names of their maps.</summary>
interface ITableSource
{
    IReconcilerTarget<TKey, TValue> Target<TKey, TValue>(string map) where TKey : unmanaged where TValue : unmanaged;
}
