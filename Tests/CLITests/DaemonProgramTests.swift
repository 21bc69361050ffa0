import Testing

@testable import workceptorctl

@Suite struct `The program of the daemon` {
    @Test func `is found beside this one before it is found in PATH`() {
        let path = "/usr/bin:/opt/bin"
        #expect(DaemonProgram.find(besides: "/x/workceptorctl", path: path) { _ in true } == "/x/workceptor")
        #expect(
            DaemonProgram.find(besides: "/x/workceptorctl", path: path) { $0 == "/opt/bin/workceptor" }
                == "/opt/bin/workceptor"
        )
        #expect(DaemonProgram.find(besides: nil, path: nil) { _ in true } == nil)
    }
}
