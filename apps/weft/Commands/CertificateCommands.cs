using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Documents;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Cli.Commands;

static class CertificateCommands
{
    public static CliCommand Create(CommandContext context) => ResourceCommands.Group(
        Kinds.Certificate, "Certificates: what https listeners of load balancers show to clients",
        CreateCertificate(context),
        ResourceCommands.List(context, Kinds.Certificate),
        ResourceCommands.Show(context, Kinds.Certificate),
        Update(context),
        ResourceCommands.Delete(context, Kinds.Certificate));

    static CliCommand CreateCertificate(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the certificate, a DNS label");
        var chain = ChainFile(required: true);
        var key = KeyFile(required: true);
        var labels = FieldOptions.Labels();
        return new CliCommand("create", "Give a certificate and its private key to the server, which never tells the key",
            "weft certificate create shop --chain fullchain.pem --key privkey.pem")
            .With(name, chain, key, labels)
            .Runs(context, (session, cancel) =>
            {
                var certificate = new Certificate
                {
                    Name = session.Value(name)!,
                    Project = session.Project,
                    Chain = Read(session, session.Value(chain)!),
                    PrivateKey = Read(session, session.Value(key)!),
                    Labels = ResourceCommands.Labels(session.Value(labels)),
                };
                var document = ((JsonObject)JsonSerializer.SerializeToNode(certificate, WeftJson.Default.Certificate)!).AsNew();
                return ResourceCommands.CreateAsync(session, Kinds.Certificate, document, cancel);
            });
    }

    static CliCommand Update(CommandContext context)
    {
        var name = FieldOptions.Name("Name of the certificate").Completes(context, Kinds.Certificate);
        var chain = ChainFile(required: false);
        var key = KeyFile(required: false);
        var labels = FieldOptions.Labels();
        var removed = FieldOptions.RemovedLabels();
        return new CliCommand("update", "Renew a certificate: listeners show the new one to new connections",
            "weft certificate update shop --chain fullchain.pem --key privkey.pem")
            .With(name, chain, key, labels, removed)
            .Runs(context, (session, cancel) =>
                ResourceCommands.UpdateAsync(session, Kinds.Certificate, session.Value(name)!, document =>
                {
                    if (session.Value(chain) is { } certificate)
                        document["chain"] = Read(session, certificate);
                    if (session.Value(key) is { } secret)
                        document["privateKey"] = Read(session, secret);
                    ResourceCommands.ChangeLabels(document, session.Value(labels), session.Value(removed));
                }, cancel));
    }

    static Option<string> ChainFile(bool required) => new("--chain")
    {
        Description = "File with the certificate and those that lead to its root, in PEM; - for standard input",
        HelpName = "FILE",
        Required = required,
    };

    static Option<string> KeyFile(bool required) => new("--key")
    {
        Description = "File with the private key, in PEM, without a password; - for standard input",
        HelpName = "FILE",
        Required = required,
    };

    static string Read(Session session, string file)
    {
        try
        {
            return file == "-" ? session.Terminal.In.ReadToEnd() : File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Usage, $"{file}: {failure.Message}");
        }
    }
}
