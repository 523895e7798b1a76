# Completion of lama's commands and options for fish. It reads the program's --help, so it is
# always up to date.
function __lama_help
    set -l words (commandline -opc)
    set -l command
    for word in $words[2..]
        string match -qr '^[a-z]+$' -- $word; and test (count $command) -lt 2; or break
        set -a command $word
    end
    $words[1] $command --help 2>/dev/null; or $words[1] $command[1] --help 2>/dev/null
end
complete -c lama -n 'string match -q -- "-*" (commandline -ct)' \
    -a '(__lama_help | string replace -rf "^  (?:-[a-z],)?(--[a-z-]+).*" "\$1")'
complete -c lama -a '(__lama_help | sed -n "/^Subcommands:/,/^\$/s/^  \([a-z]*\) .*/\1/p")'
