using System.Reflection;

namespace Weft.Cli;

static class ProgramVersion
{
    /// <summary>Of this build: <c>0.1.0</c>.</summary>
    public static string Number { get; } =
        typeof(ProgramVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>With the commit when the build knows it.</summary>
    public static string Full { get; } =
        typeof(ProgramVersion)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? Number;
}
