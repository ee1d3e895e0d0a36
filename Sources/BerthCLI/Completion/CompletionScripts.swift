internal import Linux

/// Scripts that make a shell ask `__complete` for what may follow.
enum CompletionScripts {
    /// The name by which this program is called.
    static var programName: String {
        currentProgramPath().map { String($0.split(separator: "/").last ?? "berth") } ?? "berth"
    }

    static func bash(_ name: String) -> String {
        """
        # Completion of \(name) in bash: asks \(name) itself, which knows containers, images and volumes too.
        _\(name)_complete() {
            local current words answer directive line
            current=${COMP_WORDS[COMP_CWORD]}
            words=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
            # bash splits words at = and : as well; put them together again.
            local joined=() part glue=
            for part in "${words[@]}" "$current"; do
                if [[ $part == [=:] && ${#joined[@]} -gt 0 ]]; then
                    joined[${#joined[@]}-1]+=$part; glue=1
                elif [[ $glue ]]; then
                    joined[${#joined[@]}-1]+=$part; glue=
                else
                    joined+=("$part")
                fi
            done
            answer=$("${COMP_WORDS[0]}" __completeNoDesc "${joined[@]}" 2>/dev/null) || return
            directive=${answer##*:}
            answer=${answer%:*}
            COMPREPLY=()
            local whole=${joined[${#joined[@]}-1]} cut=
            [[ $whole == *[=:]* ]] && cut=${whole%"${whole##*[=:]}"}
            while IFS= read -r line; do
                [[ -n $line && $line == "$whole"* ]] && COMPREPLY+=("${line#"$cut"}")
            done <<<"$answer"
            if (( directive & 2 )); then compopt -o nospace 2>/dev/null; fi
            if (( !(directive & 4) )) && [[ ${#COMPREPLY[@]} -eq 0 ]]; then
                compopt -o default 2>/dev/null
            fi
        }
        complete -F _\(name)_complete \(name)

        """
    }

    static func zsh(_ name: String) -> String {
        """
        #compdef \(name)
        # Completion of \(name) in zsh: asks \(name) itself, which knows containers, images and volumes too.
        _\(name)() {
            local -a given answer values
            local line directive
            given=("${(@)words[2,CURRENT]}")
            answer=("${(@f)$(${words[1]} __complete "${given[@]}" 2>/dev/null)}")
            directive=${answer[-1]#:}
            for line in "${(@)answer[1,-2]}"; do
                [[ -n $line ]] && values+=("${${line%%$'\\t'*}//:/\\\\:}${${(M)line:#*$'\\t'*}:+:${line#*$'\\t'}}")
            done
            if (( ${#values} )); then
                if (( directive & 2 )); then _describe -V '\(name)' values -S ''; else _describe -V '\(name)' values; fi
            elif (( !(directive & 4) )); then
                _files
            fi
        }
        if [[ ${funcstack[1]} == _\(name) ]]; then _\(name) "$@"; else compdef _\(name) \(name); fi

        """
    }

    static func fish(_ name: String) -> String {
        """
        # Completion of \(name) in fish: asks \(name) itself, which knows containers, images and volumes too.
        function __\(name)_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct)
            set -l answer ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
            test (count $answer) -gt 0; or return
            set -l directive (string sub -s 2 -- $answer[-1])
            set -e answer[-1]
            if test (count $answer) -eq 0
                if test (math "bitand($directive, 4)") -eq 0
                    __fish_complete_path "$current"
                end
                return
            end
            printf '%s\\n' $answer
        end
        complete -c \(name) -f -a '(__\(name)_complete)'

        """
    }

    static func powershell(_ name: String) -> String {
        """
        # Completion of \(name) in PowerShell: asks \(name) itself, which knows containers, images and volumes too.
        Register-ArgumentCompleter -Native -CommandName '\(name)' -ScriptBlock {
            param($word, $ast, $position)
            $given = @($ast.CommandElements | Select-Object -Skip 1 |
                Where-Object { $_.Extent.StartOffset -lt $position } | ForEach-Object { "$_" })
            if ($word -eq '') { $given += '' }
            $answer = @(& '\(name)' __complete @given 2>$null)
            foreach ($line in $answer) {
                if ($line -match '^:\\d+$') { continue }
                $parts = $line -split "`t", 2
                $note = if ($parts.Count -gt 1) { $parts[1] } else { $parts[0] }
                [System.Management.Automation.CompletionResult]::new($parts[0], $parts[0], 'ParameterValue', $note)
            }
        }

        """
    }
}

extension Command {
    private static func completionScript(
        _ shell: String, _ script: @escaping @Sendable (String) -> String
    ) -> Command {
        Command(
            path: "completion \(shell)", usage: "",
            summary: "Generate the autocompletion script for \(shell)",
            flags: [Flag("no-descriptions", nil, .bool, "Leave descriptions out")], arguments: .none
        ) { cli, flags in
            let text = script(CompletionScripts.programName)
            cli.write(
                flags.bool("no-descriptions")
                    ? text.replacing("__complete ", with: "__completeNoDesc ") : text)
            return 0
        }
    }

    static let completionBash = completionScript("bash", CompletionScripts.bash)
    static let completionZsh = completionScript("zsh", CompletionScripts.zsh)
    static let completionFish = completionScript("fish", CompletionScripts.fish)
    static let completionPowershell = completionScript("powershell", CompletionScripts.powershell)
}
