using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Weft.Model.Proxying;
using Weft.Model.Resources;

namespace Weft.Proxy.Runtime;

/// <summary>A configuration cannot be brought into force; the last good one stays.</summary>
sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Reads a configuration, and refuses what would fail later with a request in hand.</summary>
static class ConfigurationCheck
{
    /// <exception cref="ConfigurationException">It is none, or contradicts itself.</exception>
    internal static ProxyConfiguration Read(ReadOnlySpan<byte> json)
    {
        ProxyConfiguration configuration;
        try
        {
            configuration = JsonSerializer.Deserialize(json, ProxyJson.Default.ProxyConfiguration)
                ?? throw new ConfigurationException("the file is empty");
        }
        catch (JsonException failure)
        {
            throw new ConfigurationException($"not a configuration: {failure.Message}", failure);
        }
        var pools = configuration.Pools.Select(pool => pool.Name).ToHashSet();
        if (pools.Count != configuration.Pools.Count)
            throw new ConfigurationException("two pools have the same name");
        foreach (var pool in configuration.Pools)
            Check(pool);
        foreach (var listener in configuration.Listeners)
            Check(listener, pools);
        if (configuration.Listeners.DistinctBy(listener => listener.Port).Count() != configuration.Listeners.Count)
            throw new ConfigurationException("two listeners have the same port");
        return configuration;
    }

    static void Check(ProxyListener listener, HashSet<string> pools)
    {
        if (listener.Protocol is not (Listener.HttpProtocol or Listener.HttpsProtocol))
            throw new ConfigurationException($"listener {listener.Name}: protocol {listener.Protocol} is not http or https");
        if (listener.Port == 0)
            throw new ConfigurationException($"listener {listener.Name}: has no port");
        foreach (var pool in (listener.Http?.Routes ?? []).Select(route => route.Pool).Append(listener.Pool))
        {
            if (pool is not null && !pools.Contains(pool))
                throw new ConfigurationException($"listener {listener.Name}: there is no pool {pool}");
        }
    }

    static void Check(ProxyPool pool)
    {
        if (pool.Members.Any(member => member.Weight is < 0 or > 256 || member.Port == 0))
            throw new ConfigurationException($"pool {pool.Name}: weights are 0 to 256, and every member has a port");
        if (pool.Http?.Protocol is not (null or HttpPool.Http or HttpPool.Https or HttpPool.H2c or HttpPool.H2))
            throw new ConfigurationException($"pool {pool.Name}: protocol {pool.Http.Protocol} is not known");
        try
        {
            new X509Certificate2Collection().ImportFromPem(pool.Http?.Tls?.Ca ?? "");
        }
        catch (CryptographicException failure)
        {
            throw new ConfigurationException($"pool {pool.Name}: the CA is no certificate: {failure.Message}", failure);
        }
    }
}
