using Weft.Daemon.Commands;

return await DaemonCommand.Create().Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
