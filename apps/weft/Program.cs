using Weft.Cli.Commands;
using Weft.Cli.Output;

return await WeftCommand.RunAsync(args, Terminal.System());
