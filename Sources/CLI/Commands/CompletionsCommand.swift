import ArgumentParser

/// `completions SHELL`
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a completion script for a shell.",
        discussion: """
            The script completes commands and options, and with a control socket in the environment also unit IDs, \
            nodes and work types.

            EXAMPLES
              workceptorctl completions bash > /etc/bash_completion.d/workceptorctl
              workceptorctl completions zsh > ~/.zfunc/_workceptorctl
              workceptorctl completions fish > ~/.config/fish/completions/workceptorctl.fish
            """
    )

    /// A shell.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish

        var completionShell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        try Console.print(Workceptorctl.completionScript(for: shell.completionShell))
    }
}
