using System.Collections.Immutable;
using System.Globalization;

namespace Weft.Agent.Flows;

/// <summary>What was in batches that the server will never have, by place; on disk, since totals outlive an agent.</summary>
/// <remarks>Safe for any number of threads.</remarks>
sealed class SpoolLosses
{
    /// <summary>There was no room for more: the oldest went.</summary>
    internal const string Overflow = "spool";

    /// <summary>The file could not be read again.</summary>
    internal const string Damaged = "damaged";

    /// <summary>The server could not read it.</summary>
    internal const string Refused = "refused";

    readonly Lock _lock = new();
    readonly string _path;
    ImmutableSortedDictionary<string, FlowTally> _places;

    internal SpoolLosses(string path)
    {
        _path = path;
        _places = Load(path);
    }

    internal ImmutableSortedDictionary<string, FlowTally> Places => Volatile.Read(ref _places);

    internal void Add(string place, FlowTally lost)
    {
        lock (_lock)
        {
            Volatile.Write(ref _places, _places.SetItem(place, _places.GetValueOrDefault(place) + lost));
            SpoolFile.Try(Save); // with a full disk the total in memory is all there is
        }
    }

    void Save()
    {
        var temporary = _path + SpoolFolder.Unfinished;
        File.WriteAllLines(temporary, _places.Select(place => string.Create(
            CultureInfo.InvariantCulture, $"{place.Key} {place.Value.Records} {place.Value.Packets} {place.Value.Bytes} {place.Value.Batches}")));
        File.Move(temporary, _path, overwrite: true);
    }

    static ImmutableSortedDictionary<string, FlowTally> Load(string path)
    {
        var places = ImmutableSortedDictionary.CreateBuilder<string, FlowTally>(StringComparer.Ordinal);
        SpoolFile.Try(() =>
        {
            foreach (var words in File.Exists(path) ? File.ReadLines(path).Select(line => line.Split(' ')) : [])
            {
                if (words.Length == 5 && ulong.TryParse(words[1], CultureInfo.InvariantCulture, out var records)
                    && ulong.TryParse(words[2], CultureInfo.InvariantCulture, out var packets)
                    && ulong.TryParse(words[3], CultureInfo.InvariantCulture, out var bytes)
                    && ulong.TryParse(words[4], CultureInfo.InvariantCulture, out var batches))
                    places[words[0]] = new(records, packets, bytes) { Batches = batches };
            }
        });
        return places.ToImmutable();
    }
}
