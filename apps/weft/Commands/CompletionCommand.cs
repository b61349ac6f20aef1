namespace Weft.Cli.Commands;

/// <summary>
/// Prints what makes a shell complete <c>weft</c>. The scripts ask this program itself, through the library's
/// <c>[suggest]</c> directive, so that they never fall behind the commands.
/// </summary>
static class CompletionCommand
{
    /// <summary>Not <c>compgen -W</c>, which takes quotes and dollar signs of what it is given for the shell's.</summary>
    const string Bash = """
        # bash completion for weft:  source <(weft completion bash)
        _weft() {
          local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} found
          case $word in [\"\']*) word=${word:1} ;; esac
          COMPREPLY=()
          while IFS= read -r found; do
            [[ $found == "$word"* ]] && COMPREPLY+=("$found")
          done < <(weft "[suggest:${#line}]" "$line" 2>/dev/null)
        }
        complete -o default -F _weft weft
        """;

    const string Zsh = """
        #compdef weft
        # zsh completion for weft:  source <(weft completion zsh)
        _weft() {
          local line="${words[1,CURRENT]}"
          local -a found
          found=("${(@f)$(weft "[suggest:${#line}]" "$line" 2>/dev/null)}")
          if (( ${#found} )) && [[ -n "${found[1]}" ]]; then compadd -- "${found[@]}"; else _files; fi
        }
        if [[ "${funcstack[1]}" == _weft ]]; then _weft "$@"; else compdef _weft weft; fi
        """;

    const string Fish = """
        # fish completion for weft:  weft completion fish | source
        function __weft_complete
          set -l line (commandline --cut-at-cursor --current-process | string collect)
          weft "[suggest:"(string length -- $line)"]" $line 2>/dev/null
        end
        complete --command weft --arguments '(__weft_complete)'
        """;

    public static CliCommand Create(CommandContext context) =>
        new CliCommand("completion", "Print a shell completion script").With(
            Shell(context, "bash", Bash, "weft completion bash > /etc/bash_completion.d/weft"),
            Shell(context, "zsh", Zsh, "weft completion zsh > /usr/local/share/zsh/site-functions/_weft"),
            Shell(context, "fish", Fish, "weft completion fish > ~/.config/fish/completions/weft.fish"));

    static CliCommand Shell(CommandContext context, string shell, string script, string example) =>
        new CliCommand(shell, $"Print the script for {shell}", example)
            .Runs(context, (session, _) =>
            {
                session.Out.WriteLine(script);
                return Task.CompletedTask;
            });
}
