import ArgumentParser
import CLinux
import ControlClient
import Glibc

/// The start of the program.
@main
enum Main {
    static func main() {
        _ = cl_open_standard_descriptors()
        // A reader of our output that goes away is an error of a write, see OutputChannel.
        signal(SIGPIPE, SIG_IGN)
        let arguments = LeadingOptions.normalized(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try Workceptorctl.parseAsRoot(arguments)
            try command.run()
        } catch {
            end(for: error)
        }
    }

    private static func end(for error: any Error) -> Never {
        switch error {
        case let failure as CommandFailure:
            if let message = failure.message { Console.error(message) }
            exit(failure.exitCode.rawValue)
        case let error as ControlError where error.code == .outputClosed:
            // As if SIGPIPE had ended us, which is what a shell expects of a program in a pipe.
            exit(CommandFailure.Code.signal(SIGPIPE).rawValue)
        case let error as ControlError:
            Console.error(error.message)
            exit(CommandFailure.Code.general.rawValue)
        default:
            let code = Workceptorctl.exitCode(for: error)
            // Help and wrong command lines are for the parser to show.
            guard code == .failure else { Workceptorctl.exit(withError: error) }
            Console.error("\(error)")
            exit(code.rawValue)
        }
    }
}
