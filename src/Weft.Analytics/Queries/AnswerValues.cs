using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;
using Weft.Analytics.Fields;
using Weft.Analytics.Filters;
using Weft.Flows;

namespace Weft.Analytics.Queries;

/// <summary>The values of one column of a block of an answer, as people write them.</summary>
public sealed class AnswerValues
{
    readonly AnswerColumn _column;
    readonly IArrowArray _array;
    readonly Func<int, Int128> _number;
    readonly Dictionary<Int128, string> _words = [];

    /// <param name="array">As the store gives it.</param>
    public AnswerValues(AnswerColumn column, IArrowArray array)
    {
        _column = column;
        _array = array;
        _number = Numbers(array);
    }

    /// <summary>Nothing was measured.</summary>
    public bool IsMissing(int row) => _array.IsNull(row) || _column.Type == AnswerType.Real && !double.IsFinite(Real(row));

    public Int128 Integer(int row) => _number(row);

    public double Real(int row) => _array switch
    {
        DoubleArray doubles => doubles.GetValue(row) ?? double.NaN,
        FloatArray floats => floats.GetValue(row) ?? double.NaN,
        _ => (double)_number(row),
    };

    /// <summary>Empty when it is missing.</summary>
    public string Text(int row)
    {
        if (IsMissing(row))
            return "";
        switch (_column.Type)
        {
            case AnswerType.Time:
                return FlowTime.Write((long)_number(row));
            case AnswerType.Integer:
                return _number(row).ToString(CultureInfo.InvariantCulture);
            case AnswerType.Real:
                return Real(row).ToString("R", CultureInfo.InvariantCulture);
            case AnswerType.Address:
                return FlowAddress.Write(Address(row));
            case AnswerType.Flag:
                return _number(row) == 0 ? "false" : "true";
            case AnswerType.Word:
                return Word(_number(row));
            case AnswerType.Labels:
                return JsonSerializer.Serialize(Labels(row), AnswerJson.Readable.IReadOnlyDictionaryStringString);
            default:
                return Raw(row);
        }
    }

    public IReadOnlyDictionary<string, string> Labels(int row) => FlowLabels.Read(Raw(row));

    public void Write(Utf8JsonWriter json, int row)
    {
        if (IsMissing(row))
        {
            json.WriteNullValue();
            return;
        }
        switch (_column.Type)
        {
            case AnswerType.Integer when _number(row) is var number:
                if (number < 0)
                    json.WriteNumberValue((long)number);
                else
                    json.WriteNumberValue((ulong)number);
                break;
            case AnswerType.Real:
                json.WriteNumberValue(Real(row));
                break;
            case AnswerType.Flag:
                json.WriteBooleanValue(_number(row) != 0);
                break;
            case AnswerType.Labels:
                json.WriteStartObject();
                foreach (var (key, value) in Labels(row))
                    json.WriteString(key, value);
                json.WriteEndObject();
                break;
            default:
                json.WriteStringValue(Text(row));
                break;
        }
    }

    string Word(Int128 number)
    {
        if (_words.TryGetValue(number, out var word))
            return word;
        var field = _column.Field!;
        // What a newer server has stored has no name here.
        word = field.Meaning == FlowMeaning.Names && number >= field.Names.Count
            ? number.ToString(CultureInfo.InvariantCulture)
            : FilterValues.Write(field, number);
        return field.Meaning == FlowMeaning.Id ? word : _words[number] = word;
    }

    UInt128 Address(int row) => _array is FixedSizeBinaryArray bytes
        ? System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes.GetBytes(row))
        : throw new InvalidOperationException($"{_column.Name} is a {_array.Data.DataType.Name}, not an address");

    string Raw(int row) => _array switch
    {
        StringArray texts => texts.GetString(row),
        DictionaryArray { Dictionary: StringArray texts, Indices: Int32Array numbers } => texts.GetString(numbers.GetValue(row)!.Value),
        _ => throw new InvalidOperationException($"{_column.Name} is a {_array.Data.DataType.Name}, not a text"),
    };

    static Func<int, Int128> Numbers(IArrowArray array) => array switch
    {
        UInt8Array numbers => row => numbers.GetValue(row) ?? 0,
        UInt16Array numbers => row => numbers.GetValue(row) ?? 0,
        UInt32Array numbers => row => numbers.GetValue(row) ?? 0,
        UInt64Array numbers => row => numbers.GetValue(row) ?? 0,
        Int8Array numbers => row => numbers.GetValue(row) ?? 0,
        Int16Array numbers => row => numbers.GetValue(row) ?? 0,
        Int32Array numbers => row => numbers.GetValue(row) ?? 0,
        Int64Array numbers => row => numbers.GetValue(row) ?? 0,
        TimestampArray times when times.Data.DataType is TimestampType type => row => Microseconds(times.GetValue(row) ?? 0, type.Unit),
        _ => row => throw new InvalidOperationException($"{array.Data.DataType.Name} is no number"),
    };

    static Int128 Microseconds(long value, TimeUnit unit) => unit switch
    {
        TimeUnit.Second => (Int128)value * FlowTime.Second,
        TimeUnit.Millisecond => (Int128)value * 1000,
        TimeUnit.Nanosecond => value / 1000,
        _ => value,
    };
}

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
sealed partial class AnswerJson : JsonSerializerContext
{
    /// <summary>It stands in CSV and Arrow, never in a page.</summary>
    public static readonly AnswerJson Readable = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
