using System.Collections.Immutable;
using Google.Protobuf.Collections;

namespace Weft.Protocol.Mapping;

/// <summary>Labels, which the wire carries in no order and the model in the order of their keys.</summary>
static class WireLabels
{
    public static void Copy(ImmutableArray<KeyValuePair<string, string>> labels, MapField<string, string> wire)
    {
        if (!labels.IsDefault)
            foreach (var (key, value) in labels)
                wire[key] = value;
    }

    public static ImmutableArray<KeyValuePair<string, string>> ToModel(MapField<string, string> wire) =>
        wire.Count == 0 ? [] : [.. wire.OrderBy(label => label.Key, StringComparer.Ordinal)];
}
