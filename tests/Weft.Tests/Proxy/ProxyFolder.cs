using System.Text.Json;
using Weft.Model.Proxying;

namespace Weft.Tests.Proxy;

/// <summary>What an agent does for one load balancer: writes its file, and reads what is said about it.</summary>
sealed class ProxyFolder(string path)
{
    public Guid Uid { get; } = Guid.NewGuid();

    public string FilePath => Path.Combine(path, $"{Uid}.json");

    public void Write(ProxyConfiguration configuration) =>
        WriteText(JsonSerializer.Serialize(configuration, ProxyJson.Default.ProxyConfiguration));

    public void WriteText(string json)
    {
        File.WriteAllText(FilePath + ".new", json);
        File.Move(FilePath + ".new", FilePath, overwrite: true);
    }

    /// <summary>Null: nothing has been said yet, or it is gone.</summary>
    public ProxyStatus? Status()
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(Path.Combine(path, "status", $"{Uid}.json")), ProxyJson.Default.ProxyStatus);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
