using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weft.Agent.Sync;

/// <summary>Key and credentials of the node, in its state directory, readable by root only.</summary>
/// <remarks>
/// The key is made before the first join and kept: a join whose answer was lost is repeated with the same
/// key, so the name is still its own.
/// </remarks>
public sealed class CredentialStore(string directory)
{
    readonly string _keyPath = Path.Combine(directory, "node.key");
    readonly string _path = Path.Combine(directory, "credentials.json");

    public bool IsJoined => File.Exists(_path);

    /// <returns>Null when the host has not joined yet.</returns>
    /// <exception cref="EnrollmentException">The files are damaged.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public NodeCredentials? Load()
    {
        if (!IsJoined)
            return null;
        try
        {
            var stored = JsonSerializer.Deserialize(File.ReadAllBytes(_path), CredentialJson.Default.StoredCredentials)!;
            return new(
                stored.NodeName, stored.NodeNumber, stored.TokenId,
                X509Certificate2.CreateFromPem(stored.Certificate, File.ReadAllText(_keyPath)),
                X509Certificate2.CreateFromPem(stored.Authority));
        }
        catch (Exception e) when (e is JsonException or CryptographicException or ArgumentException or FileNotFoundException)
        {
            throw new EnrollmentException(
                $"{_path} or {_keyPath} is damaged ({e.Message}); remove both, delete the node and join again with a new token", false, e);
        }
    }

    /// <exception cref="IOException">The directory cannot be written.</exception>
    public void Save(NodeCredentials credentials)
    {
        var stored = new StoredCredentials(
            credentials.NodeName, credentials.NodeNumber, credentials.TokenId,
            credentials.Certificate.ExportCertificatePem(), credentials.Authority.ExportCertificatePem());
        AtomicFile.Write(_path, stream => JsonSerializer.Serialize(stream, stored, CredentialJson.Default.StoredCredentials));
    }

    /// <summary>The node's key; made when there is none.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    /// <exception cref="EnrollmentException">The file is damaged.</exception>
    public ECDsa LoadOrMakeKey()
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!File.Exists(_keyPath))
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var pem = System.Text.Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem());
            AtomicFile.Write(_keyPath, stream => stream.Write(pem));
        }
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(_keyPath));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new EnrollmentException($"{_keyPath} is damaged ({e.Message}); remove it, delete the node and join again", false, e);
        }
    }
}

sealed record StoredCredentials(string NodeName, uint NodeNumber, string TokenId, string Certificate, string Authority);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StoredCredentials))]
sealed partial class CredentialJson : JsonSerializerContext;
