using Weft.Bench.Loads;
using Weft.Bench.Results;
using Weft.Bench.Setups;

namespace Weft.Bench;

/// <summary>
/// Brings all set-ups up, then measures each load over each set-up once a round, so that what the machine
/// does besides falls on all of them; tears everything down whatever happens.
/// </summary>
static class Rounds
{
    public static List<Series> Run(Setup[] setups, Load[] loads, int rounds, int seconds)
    {
        var servers = new List<IDisposable>();
        try
        {
            var ends = new Dictionary<Setup, Ends>();
            foreach (var setup in setups)
            {
                Console.Error.WriteLine($"up: {setup.Name}");
                setup.Down(); // remains of a run that was killed
                ends[setup] = setup.Up();
                foreach (var server in ends[setup].OtherServers.Prepend(ends[setup].Server))
                    servers.AddRange(loads.Select(load => load.Serve(ends[setup] with { Server = server })));
            }
            var series = (from setup in setups
                          from load in loads
                          select (setup, load, entry: new Series(setup.Placement, load.Name, load.Unit, setup.Name, setup.IsLimit, [])))
                .ToArray();
            for (var round = 1; round <= rounds; round++)
                foreach (var load in loads)
                    foreach (var (setup, _, entry) in series.Where(entry => entry.load == load))
                    {
                        entry.Samples.Add(load.Measure(ends[setup], seconds));
                        Console.Error.WriteLine($"round {round}/{rounds}: {load.Name}: {setup.Name}: {entry.Samples[^1]:N1} {load.Unit}");
                    }
            return [.. series.Select(entry => entry.entry)];
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
            foreach (var setup in setups.Reverse())
                setup.Down();
        }
    }
}
