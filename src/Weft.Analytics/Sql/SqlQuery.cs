namespace Weft.Analytics.Sql;

/// <summary>How a store wants its SQL written.</summary>
public enum SqlDialect { DuckDb, ClickHouse }

/// <summary>A statement as text with its parameters: values never stand in the text.</summary>
/// <param name="Text">DuckDB: <c>$p0</c>; ClickHouse: <c>{p0:Type}</c>.</param>
/// <param name="Parameters">Named p0, p1, …; long, ulong, UInt128 (addresses), double or string.</param>
public sealed record SqlQuery(string Text, IReadOnlyList<SqlParameter> Parameters);

public readonly record struct SqlParameter(string Name, object Value);
