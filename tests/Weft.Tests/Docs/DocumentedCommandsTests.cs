using Weft.Cli;
using Weft.Cli.Commands;
using Weft.Cli.Documents;
using Weft.Tests.Cli;

namespace Weft.Tests.Docs;

/// <summary>What the documents tell people to type must be something that the programs understand.</summary>
public sealed class DocumentedCommandsTests
{
    [Fact]
    public void Every_weft_command_in_the_documents_parses()
    {
        var root = WeftCommand.Create(CliRun.Terminal(TextWriter.Null, TextWriter.Null));
        var lines = Markdown.Blocks("sh", "console").SelectMany(block => block.Commands()).ToList();
        Assert.True(lines.SelectMany(CommandLines.Weft).Count() > 50, "the documents hold commands that are found");
        Assert.All(lines, line => CommandLines.AssertParses(root, line));
    }

    [Fact]
    public void Every_weftd_command_in_the_documents_parses()
    {
        var lines = Markdown.Blocks("sh", "console").SelectMany(block => block.Commands())
            .Where(line => line.StartsWith("weftd ", StringComparison.Ordinal)).ToList();
        Assert.True(lines.Count > 4, "the documents hold commands that are found");
        Assert.All(lines, line => Assert.Empty(Daemon.Commands.DaemonCommand.Create().Parse(line["weftd ".Length..].Split(" #")[0].TrimEnd('&', ' ')).Errors.Select(error => error.Message)));
    }

    [Fact]
    public void Every_document_in_the_documents_is_one()
    {
        var blocks = Markdown.Blocks("yaml").ToList();
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block =>
        {
            try
            {
                Assert.NotEmpty(Manifests.From(DocumentReader.ReadAll(["-"], new StringReader(block.Text)), null));
            }
            catch (CliException e)
            {
                Assert.Fail($"{block.Place}: {e.Message}\n{string.Join('\n', e.Faults)}");
            }
        });
    }
}
