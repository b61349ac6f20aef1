using System.CommandLine;
using System.Net;
using Weft.ClickHouseServer;

var data = new Option<DirectoryInfo>("--data") { Required = true, Description = "folder of the data; made when it is not there" };
var port = new Option<int>("--port") { Description = "of HTTP; 0, the default, takes a free one" };
var address = new Option<string>("--address") { DefaultValueFactory = _ => IPAddress.Loopback.ToString(), Description = "to listen on" };
var withStdin = new Option<bool>("--until-stdin-closes") { Description = "end when standard input does: with the parent, however it ends" };
var settings = new Option<string[]>("--setting")
{
    DefaultValueFactory = _ => [], Description = "NAME=VALUE of system.server_settings, as max_server_memory_usage=2000000000; again for more",
};

var command = new RootCommand("ClickHouse's engine behind its HTTP interface, for tests and benchmarks. Prints a line of JSON when it serves.")
{
    data, port, address, withStdin, settings,
};
command.SetAction((parsed, cancellationToken) => Server.RunAsync(
    parsed.GetRequiredValue(data).FullName, new(IPAddress.Parse(parsed.GetValue(address)!), parsed.GetValue(port)),
    parsed.GetValue(withStdin), parsed.GetRequiredValue(settings), cancellationToken));
// Kestrel's host ends on signals, in its own time.
return await command.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
