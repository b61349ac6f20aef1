using System.Globalization;
using Weft.Flows;

namespace Weft.Bench.Flows;

/// <summary>Who takes part in generated flows: a cluster of ten nodes, twenty networks in four projects and five hundred ports.</summary>
sealed class FlowCast
{
    internal const int Nodes = 10;
    internal const int Networks = 20;
    internal const int Projects = 4;
    internal const int Ports = 500;
    const int Peers = 12;
    const int Outsiders = 100_000;

    static readonly string[] s_tiers = ["web", "api", "db", "cache", "batch"];
    static readonly string[] s_projects = ["shop", "billing", "lab", "platform"];

    internal FlowCast(Random random)
    {
        Members = [.. Enumerable.Range(0, Ports).Select(number => new Member(number))];
        Servers = [.. Members.Where(member => member.IsServer)];
        Published = [.. Servers.Where(member => member.FloatingIp.Length > 0)];
        Contacts = [.. Members.Select(_ => Enumerable.Range(0, Peers).Select(_ => Servers[random.Next(Servers.Length)]).ToArray())];
    }

    internal Member[] Members { get; }

    /// <summary>Members that are asked.</summary>
    internal Member[] Servers { get; }

    /// <summary>Those with a floating IP.</summary>
    internal Member[] Published { get; }

    /// <summary>Of each member: whom it asks, the first ones most.</summary>
    internal Member[][] Contacts { get; }

    /// <summary>A client outside; some come far more often than others.</summary>
    internal static UInt128 Outsider(Random random)
    {
        var share = random.NextDouble();
        var number = (uint)(share * share * share * Outsiders);
        return Mapped(0x5b000000u + number * 2654435761u % 0x0fffffff);
    }

    internal static UInt128 Mapped(uint address) => ((UInt128)0xffff << 32) | address;

    internal static string Node(int number) => "node-" + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A port, and what others know of it.</summary>
    internal sealed class Member
    {
        internal Member(int number)
        {
            Number = number;
            var (network, place) = (number % Networks, number / Networks);
            IsServer = (number + place) % 8 == 0;
            var tier = s_tiers[place % s_tiers.Length];
            Project = s_projects[network % Projects];
            Network = Invariant($"{s_tiers[network % s_tiers.Length]}-net-{network}");
            Name = Invariant($"{tier}-{number}");
            Node = FlowCast.Node(number * 7 % Nodes);
            Labels = FlowLabels.Write(
            [
                new("app", Project + "-" + tier), new("env", number % 3 == 0 ? "staging" : "production"), new("tier", tier),
            ]);
            Address = Mapped(0x0a000000u + (uint)(network << 16) + (uint)place + 2);
            Service = (ushort)((place % 5) switch { 0 => 80, 1 => 443, 2 => 53, 3 => 5432, _ => 20000 + number });
            FloatingIp = IsServer && place % 3 == 0 ? "fip-" + Name : "";
            FloatingAddress = Mapped(0xc6336400u + (uint)number);
            LoadBalancer = IsServer && place % 4 == 2 ? Invariant($"lb-{network}") : "";
            VirtualAddress = Mapped(0x0a000000u + (uint)(network << 16) + 0xfffe);
            Vni = 1000 + (uint)network;
        }

        internal int Number { get; }

        /// <summary>It is asked, besides asking.</summary>
        internal bool IsServer { get; }
        internal string Project { get; }
        internal string Network { get; }
        internal string Name { get; }
        internal string Node { get; }
        internal string Labels { get; }
        internal UInt128 Address { get; }
        internal ushort Service { get; }
        internal string FloatingIp { get; }
        internal UInt128 FloatingAddress { get; }
        internal string LoadBalancer { get; }
        internal UInt128 VirtualAddress { get; }
        internal uint Vni { get; }

        static string Invariant(FormattableString text) => FormattableString.Invariant(text);
    }
}
