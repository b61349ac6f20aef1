using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Weft.Agent;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.ClickHouse;
using Weft.Docker;
using Weft.Server.Hosting;

namespace Weft.Daemon.Commands;

/// <summary>
/// Options of the daemon. Everything that two daemons on one machine must not share can be set, so that hosts can be
/// simulated in network namespaces.
/// </summary>
sealed class DaemonOptions
{
    const string DefaultData = "/var/lib/weft";
    const string DuckDb = "duckdb";
    const string DefaultRun = "/run/weft";
    const string DefaultPins = "/sys/fs/bpf/weft";

    public Option<string> Data { get; } = new("--data")
    {
        Description = "Folder of what must survive: store, certificates, attachments",
        HelpName = "DIR",
        DefaultValueFactory = _ => DefaultData,
    };

    public Option<string> Run { get; } = new("--run")
    {
        Description = "Folder of sockets",
        HelpName = "DIR",
        DefaultValueFactory = _ => DefaultRun,
    };

    public Option<LogLevel> Log { get; } = new("--log-level")
    {
        Description = "Least level of messages: Debug, Information, Warning or Error",
        HelpName = "LEVEL",
        DefaultValueFactory = _ => LogLevel.Information,
    };

    public Option<IPEndPoint[]> Listen { get; } = new("--listen")
    {
        Description = $"Where the server answers nodes and tokens; may be repeated [default: 127.0.0.1:{ServerOptions.DefaultPort}]",
        HelpName = "ADDRESS:PORT",
        CustomParser = ParseEndPoints,
    };

    public Option<string[]> ServerNames { get; } = new("--server-name")
    {
        Description = "One more name or address that clients reach the server by, for its certificate; may be repeated",
        HelpName = "NAME",
    };

    public Option<Uri> Server { get; } = new("--server")
    {
        Description = "Server of the cluster, such as https://192.0.2.1:7440",
        HelpName = "URL",
        Required = true,
        CustomParser = ParseServer,
    };

    public Option<string> Token { get; } = new("--token")
    {
        Description = "Token to join with, needed the first time; WEFT_TOKEN when not given",
        HelpName = "TOKEN",
    };

    public Option<string> Name { get; } = new("--name")
    {
        Description = "Name of this node; the host's name when not given",
        HelpName = "NAME",
    };

    public Option<string> FabricInterface { get; } = new("--fabric-interface")
    {
        Description = "Interface towards other nodes; that of the route to the server when not given",
        HelpName = "NAME",
    };

    public Option<IPAddress> FabricAddress { get; } = new("--fabric-address")
    {
        Description = "Own address towards other nodes; that of the route to the server when not given",
        HelpName = "ADDRESS",
        CustomParser = ParseAddress,
    };

    public Option<int> VxlanPort { get; } = new("--vxlan-port")
    {
        Description = "UDP port between nodes, the same on all of them",
        HelpName = "PORT",
        DefaultValueFactory = _ => new AgentOptions().VxlanPort,
    };

    public Option<string> Pins { get; } = new("--pins")
    {
        Description = "Folder on a BPF file system for the vrouter's maps and links",
        HelpName = "DIR",
        DefaultValueFactory = _ => DefaultPins,
    };

    public Option<string> DockerSocket { get; } = new("--docker-socket")
    {
        Description = "Socket of this host's Docker engine",
        HelpName = "PATH",
        DefaultValueFactory = _ => "/var/run/docker.sock",
    };

    public Option<string> DockerPlugin { get; } = new("--docker-plugin")
    {
        Description = "Socket that Docker finds the driver by",
        HelpName = "PATH",
        DefaultValueFactory = _ => new DockerOptions().PluginSocket,
    };

    public Option<bool> NoDocker { get; } = new("--no-docker") { Description = "No Docker driver on this host" };

    public Option<string> ResolvConf { get; } = new("--resolv-conf")
    {
        Description = "File with the resolvers of names that are nobody's here",
        HelpName = "FILE",
        DefaultValueFactory = _ => new AgentOptions().ResolvConf,
    };

    public Option<Switch> FlowRecords { get; } = new("--flow-records")
    {
        Description = "Whether this host records its flows: on or off [default: on]",
        HelpName = "on|off",
        CustomParser = Amounts.ParseSwitch,
    };

    public Option<TimeSpan> FlowInterval { get; } = new("--flow-interval")
    {
        Description = "Time between two records of a connection that lasts, such as 10s or 1m [default: 10s]",
        HelpName = "TIME",
        CustomParser = Amounts.ParseTime,
    };

    public Option<long> FlowSpool { get; } = new("--flow-spool")
    {
        Description = "Disk for flow records that wait for the server, such as 256MiB or 2GiB; when it is full, the oldest go [default: 256MiB]",
        HelpName = "SIZE",
        CustomParser = Amounts.ParseSize,
    };

    public Option<string> FlowStore { get; } = new("--flow-store")
    {
        Description = "Where the server keeps flow records: duckdb, in its own folder, or the address of a ClickHouse",
        HelpName = "duckdb|URL",
        DefaultValueFactory = _ => DuckDb,
        CustomParser = ParseFlowStore,
    };

    public Option<string> FlowStorePassword { get; } = new("--flow-store-password-file")
    {
        Description = "File with the password for it; WEFT_FLOW_STORE_PASSWORD when not given",
        HelpName = "FILE",
    };

    public Option<TimeSpan> FlowKeep { get; } = new("--flow-keep")
    {
        Description = "How long the server keeps flow records, such as 12h or 7d; what they are added up to, longer [default: 7d]",
        HelpName = "TIME",
        CustomParser = Amounts.ParseTime,
    };

    public Option<long> FlowDisk { get; } = new("--flow-disk")
    {
        Description = "Disk that the server uses for them at most, such as 20GiB; when it is full, the oldest go [default: 20GiB]",
        HelpName = "SIZE",
        CustomParser = Amounts.ParseSize,
    };

    public ExportOptions Exports { get; } = new();

    public IEnumerable<Option> OfBoth => [Data, Run, Log, Exports.MetricsListen, Exports.Otlp];

    public IEnumerable<Option> OfServer => [Listen, ServerNames, FlowStore, FlowStorePassword, FlowKeep, FlowDisk, Exports.Ipfix];

    public IEnumerable<Option> OfAgent =>
        [
            Name, FabricInterface, FabricAddress, VxlanPort, Pins, DockerSocket, DockerPlugin, NoDocker, ResolvConf,
            FlowRecords, FlowInterval, FlowSpool, Exports.MetricPorts,
        ];

    public ServerOptions ServerOf(ParseResult parsed) => new()
    {
        DataDirectory = Path.GetFullPath(parsed.GetValue(Data)!),
        UnixSocket = Path.Combine(Path.GetFullPath(parsed.GetValue(Run)!), "weft.sock"),
        Listen = parsed.GetValue(Listen) is { Length: > 0 } given ? given : new ServerOptions().Listen,
        Names = parsed.GetValue(ServerNames) ?? [],
        Flows = new()
        {
            ClickHouse = ClickHouseOf(parsed),
            Retention = FlowRetention.Default with
            {
                Records = Or(parsed.GetValue(FlowKeep), FlowRetention.Default.Records),
                Bytes = Or(parsed.GetValue(FlowDisk), FlowRetention.Default.Bytes),
            },
        },
        Collectors = parsed.GetValue(Exports.Ipfix) ?? [],
    };

    /// <summary>Help says defaults in words, not as the parser would print the value: so what was not given is nothing.</summary>
    static T Or<T>(T given, T otherwise) where T : struct => EqualityComparer<T>.Default.Equals(given, default) ? otherwise : given;

    public AgentOptions AgentOf(ParseResult parsed, Uri? server, string? token)
    {
        var defaults = new AgentOptions();
        return defaults with
        {
            NodeName = parsed.GetValue(Name) ?? defaults.NodeName,
            ServerUrl = server,
            Token = token,
            StateDirectory = Path.Combine(Path.GetFullPath(parsed.GetValue(Data)!), "agent"),
            RuntimeDirectory = Path.GetFullPath(parsed.GetValue(Run)!),
            PinDirectory = Path.GetFullPath(parsed.GetValue(Pins)!),
            FabricInterface = parsed.GetValue(FabricInterface),
            FabricAddress = parsed.GetValue(FabricAddress),
            VxlanPort = parsed.GetValue(VxlanPort),
            ResolvConf = parsed.GetValue(ResolvConf)!,
            FlowRecords = parsed.GetValue(FlowRecords) != Switch.Off,
            FlowInterval = Or(parsed.GetValue(FlowInterval), defaults.FlowInterval),
            FlowSpoolBytes = Or(parsed.GetValue(FlowSpool), defaults.FlowSpoolBytes),
            MetricPorts = parsed.GetValue(Exports.MetricPorts),
        };
    }

    /// <summary>Null without Docker.</summary>
    public DockerOptions? DockerOf(ParseResult parsed) => parsed.GetValue(NoDocker) ? null : new()
    {
        PluginSocket = Path.GetFullPath(parsed.GetValue(DockerPlugin)!),
        Engine = new($"unix://{Path.GetFullPath(parsed.GetValue(DockerSocket)!)}"),
        StateDirectory = Path.Combine(Path.GetFullPath(parsed.GetValue(Data)!), "docker"),
        ResolvConf = parsed.GetValue(ResolvConf)!,
    };

    static IPEndPoint[] ParseEndPoints(ArgumentResult result)
    {
        var endPoints = new List<IPEndPoint>();
        foreach (var token in result.Tokens)
        {
            if (IPEndPoint.TryParse(token.Value, out var endPoint) && endPoint.Port != 0)
                endPoints.Add(endPoint);
            else
                result.AddError(
                    $"--listen {token.Value}: must be an address and a port such as 192.0.2.1:7440 or [::]:7440");
        }
        return [.. endPoints];
    }

    /// <summary>Null: the server keeps flow records itself.</summary>
    ClickHouseOptions? ClickHouseOf(ParseResult parsed)
    {
        if (parsed.GetValue(FlowStore) is not { } text || text == DuckDb)
            return null;
        return ClickHouseOptions.Read(text, out _)! with
        {
            Password = parsed.GetValue(FlowStorePassword) is { } file
                ? File.ReadAllText(file).TrimEnd('\r', '\n')
                : Environment.GetEnvironmentVariable("WEFT_FLOW_STORE_PASSWORD") ?? "",
        };
    }

    static string? ParseFlowStore(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text == DuckDb || ClickHouseOptions.Read(text, out var fault) is not null)
            return text;
        result.AddError($"--flow-store: {fault}; or {DuckDb}");
        return null;
    }

    static Uri? ParseServer(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps)
            return uri;
        result.AddError($"--server {result.Tokens[0].Value}: must be a URL such as https://192.0.2.1:7440");
        return null;
    }

    static IPAddress? ParseAddress(ArgumentResult result)
    {
        if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
            return address;
        result.AddError($"--fabric-address {result.Tokens[0].Value}: must be an IPv4 or IPv6 address");
        return null;
    }
}
