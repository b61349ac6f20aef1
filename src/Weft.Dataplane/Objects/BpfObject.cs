using System.Runtime.InteropServices;
using System.Text;
using Weft.Dataplane.Interop;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>One compiled eBPF file: open, set constants and maps, <see cref="Load"/>, then use programs and maps.</summary>
/// <remarks>
/// Before load, maps can be resized or replaced by ones that are there already. Programs and maps handed out own
/// their file descriptors: they outlive the object, which can be disposed as soon as they have been taken.
/// Not thread-safe.
/// </remarks>
public sealed unsafe class BpfObject : IDisposable
{
    // Untouched pages of it cost nothing; the longest logs of a refused program are some MiB.
    const int LogSize = 16 << 20;

    readonly SafeBpfObject _handle;
    readonly Dictionary<string, nint> _programs = [];
    readonly Dictionary<string, nint> _maps = [];

    BpfObject(string name, SafeBpfObject handle)
    {
        Name = name;
        _handle = handle;
        for (var p = LibBpf.ObjectNextProgram(handle, 0); p != 0; p = LibBpf.ObjectNextProgram(handle, p))
            _programs[Text(LibBpf.ProgramName(p))] = p;
        for (var m = LibBpf.ObjectNextMap(handle, 0); m != 0; m = LibBpf.ObjectNextMap(handle, m))
            if (!LibBpf.MapIsInternal(m))
                _maps[Text(LibBpf.MapName(m))] = m;
    }

    public string Name { get; }

    public IReadOnlyCollection<string> ProgramNames => _programs.Keys;

    /// <summary>The maps that the programs share with user space, as they will be made.</summary>
    public IReadOnlyList<BpfMapDefinition> Maps => [.. _maps.Select(m => Define(m.Key, m.Value))];

    /// <summary>Opens a program file of the vrouter by hook: "from_port".</summary>
    public static BpfObject OpenEmbedded(string hook)
    {
        using var stream = typeof(BpfObject).Assembly.GetManifestResourceStream($"{hook}.bpf.o")
            ?? throw new ArgumentException($"there is no eBPF program file {hook}.bpf.o in this build", nameof(hook));
        var elf = new byte[stream.Length];
        stream.ReadExactly(elf);
        return Open(hook, elf);
    }

    /// <summary>Opens an ELF file from memory.</summary>
    /// <exception cref="LinuxException">EINVAL or ENOEXEC: not an eBPF object.</exception>
    /// <exception cref="InvalidOperationException">libbpf is not installed.</exception>
    public static BpfObject Open(string name, ReadOnlySpan<byte> elf)
    {
        LibBpfLibrary.Require();
        var nameBytes = Encoding.UTF8.GetBytes(name + '\0');
        fixed (byte* data = elf, namePointer = nameBytes)
        {
            var options = new bpf_object_open_opts { sz = (nuint)sizeof(bpf_object_open_opts), object_name = namePointer };
            LibBpf.TakeWarnings();
            var handle = LibBpf.ObjectOpenMem(data, (nuint)elf.Length, &options);
            if (!handle.IsInvalid)
                return new(name, handle);
            throw BpfResult.Error(-Marshal.GetLastPInvokeError(), $"open eBPF object {name}");
        }
    }

    /// <summary>Sets a <c>const volatile</c> variable; only before load.</summary>
    public void SetConstant<T>(string symbol, T value) where T : unmanaged
    {
        var (offset, size) = ReadOnlyData.Find(LibBpf.ObjectBtf(_handle), symbol)
            ?? throw new ArgumentException($"eBPF object {Name} has no constant {symbol}", nameof(symbol));
        if (size != sizeof(T))
            throw new ArgumentException($"constant {symbol} has {size} bytes, {typeof(T).Name} has {sizeof(T)}", nameof(value));
        for (var map = LibBpf.ObjectNextMap(_handle, 0); map != 0; map = LibBpf.ObjectNextMap(_handle, map))
        {
            if (!Text(LibBpf.MapName(map)).EndsWith(".rodata", StringComparison.Ordinal))
                continue;
            var data = LibBpf.MapInitialValue(map, out var length);
            MemoryMarshal.Write(new Span<byte>(data, (int)length)[offset..], in value);
        }
    }

    /// <summary>Changes the size of a map that is yet to be made.</summary>
    public void SetMaxEntries(string map, uint entries) =>
        BpfResult.Check(LibBpf.MapSetMaxEntries(_maps[map], entries), $"resize map {map} to {entries}");

    /// <summary>Makes the programs use a map that is there already. It must be of the declared shape.</summary>
    public void UseMap(string map, SafeFd fd)
    {
        var difference = BpfMapDefinition.OfKernel(map, fd).DifferenceFrom(Define(map, _maps[map]));
        if (difference is not null)
            throw new InvalidOperationException($"map {map} cannot be used again: it has {difference}");
        BpfResult.Check(LibBpf.MapReuseFd(_maps[map], fd), $"use map {map}");
    }

    /// <summary>Makes the maps and has the kernel verify the programs.</summary>
    /// <exception cref="BpfVerifierException">A program was refused.</exception>
    /// <exception cref="LinuxException">EPERM: no privilege. ENOMEM: no memory for a map.</exception>
    public void Load()
    {
        var logs = new Dictionary<string, nint>();
        try
        {
            foreach (var (name, program) in _programs)
            {
                logs[name] = (nint)NativeMemory.Alloc(LogSize);
                *(byte*)logs[name] = 0;
                BpfResult.Check(
                    LibBpf.ProgramSetLogBuf(program, (byte*)logs[name], LogSize), $"give program {name} a log");
            }
            LibBpf.TakeWarnings();
            var result = LibBpf.ObjectLoad(_handle);
            if (result < 0)
                throw LoadError(result, logs);
        }
        finally
        {
            foreach (var log in logs.Values)
                NativeMemory.Free((void*)log);
        }
    }

    /// <summary>A loaded program.</summary>
    public BpfProgram Program(string name) =>
        new(name, SafeFds.Duplicate(BpfResult.Check(LibBpf.ProgramFd(_programs[name]), $"take program {name}")));

    /// <summary>The only program of the file.</summary>
    public BpfProgram Program() => Program(_programs.Keys.Single());

    /// <summary>A map of the loaded object; the caller closes it.</summary>
    public SafeFd MapFd(string map) =>
        SafeFds.Duplicate(BpfResult.Check(LibBpf.MapFd(_maps[map]), $"take map {map}"));

    /// <inheritdoc cref="MapFd"/>
    public BpfMap<TKey, TValue> Map<TKey, TValue>(string map) where TKey : unmanaged where TValue : unmanaged =>
        new(map, MapFd(map));

    /// <inheritdoc cref="MapFd"/>
    public PerCpuMap<TKey, TValue> PerCpuMap<TKey, TValue>(string map) where TKey : unmanaged where TValue : unmanaged =>
        new(map, MapFd(map));

    public void Dispose() => _handle.Dispose();

    static Exception LoadError(int result, Dictionary<string, nint> logs)
    {
        foreach (var (name, log) in logs)
            if (Text((byte*)log) is { Length: > 0 } text)
                return new BpfVerifierException(name, -result, text);
        return BpfResult.Error(result, "load eBPF object");
    }

    static BpfMapDefinition Define(string name, nint map) => new(
        name, LibBpf.MapType(map), LibBpf.MapKeySize(map), LibBpf.MapValueSize(map), LibBpf.MapMaxEntries(map),
        LibBpf.MapFlags(map));

    static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
