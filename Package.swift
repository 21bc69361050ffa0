// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of this package is built with: Swift 6 mode, the upcoming features that make
/// dependencies and existentials visible, and no warnings.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Whether `make tsan` or `make asan` builds: sanitizers cannot be linked into a static executable. What their tests run
/// is the ordinary runner, which they put beside the daemon.
let isSanitized = Context.environment["WORKCEPTOR_SANITIZED"] != nil

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let dequeModule = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heapModule = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

extension Target {
    /// A plugin: a folder of Sources/Plugins that is compiled into the daemon.
    static func workTypePlugin(
        _ name: String,
        folder: String,
        dependencies: [Target.Dependency] = [],
        exclude: [String] = []
    ) -> Target {
        .target(
            name: name,
            dependencies: [
                "JSON", "LinuxSystem", "ShownText", "TaskSupport", "TimeFormats", "Workceptor", logging,
            ] + dependencies,
            path: "Sources/Plugins/\(folder)",
            exclude: exclude,
            swiftSettings: strict
        )
    }
}

/// The plugins. A new one is an entry here and a line in Sources/Daemon/BuiltInPlugins.swift.
let plugins: [Target] = [
    .workTypePlugin(
        "CommandPlugin",
        folder: "Command",
        dependencies: ["RunnerProtocol"],
        exclude: ["Runner", "RunnerProtocol"]
    ),
    .workTypePlugin("EchoPlugin", folder: "Echo"),
    .workTypePlugin("RemotePlugin", folder: "Remote"),
]

let package = Package(
    name: "workceptor",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Workceptor", targets: ["Workceptor"]),
        .library(name: "WorkTypeTestKit", targets: ["WorkTypeTestKit"]),
        .executable(name: "workceptor", targets: ["workceptor"]),
        .executable(name: "workceptorctl", targets: ["workceptorctl"]),
        .executable(name: "workceptor-runner", targets: ["workceptor-runner"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: Core: system libraries and system calls
        .systemLibrary(
            name: "CYAML",
            path: "Sources/Core/System/CYAML",
            pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"])]
        ),
        .systemLibrary(
            name: "COpenSSL",
            path: "Sources/Core/System/COpenSSL",
            pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"])]
        ),
        .systemLibrary(
            name: "CNgtcp2",
            path: "Sources/Core/System/CNgtcp2",
            pkgConfig: "libngtcp2_crypto_gnutls libngtcp2 gnutls",
            providers: [.apt(["libngtcp2-dev", "libngtcp2-crypto-gnutls-dev", "libgnutls28-dev"])]
        ),
        .target(name: "CQUIC", dependencies: ["CNgtcp2"], path: "Sources/Core/QUIC/CQUIC"),
        .target(name: "TimeFormats", path: "Sources/Core/TimeFormats", swiftSettings: strict),
        .target(
            name: "TaskSupport",
            dependencies: ["TimeFormats", dequeModule, heapModule],
            path: "Sources/Core/TaskSupport",
            swiftSettings: strict
        ),
        .target(name: "CLinux", path: "Sources/Core/System/CLinux"),
        .target(
            name: "LinuxSystem",
            dependencies: ["CLinux", "TaskSupport"],
            path: "Sources/Core/System/LinuxSystem",
            swiftSettings: strict
        ),

        .target(
            name: "SocketSupport",
            dependencies: [nioCore, nioPosix],
            path: "Sources/Core/System/SocketSupport",
            swiftSettings: strict
        ),

        // MARK: Core: libraries
        .target(name: "JSON", path: "Sources/Core/JSON", swiftSettings: strict),
        .target(name: "NamePatterns", path: "Sources/Core/NamePatterns", swiftSettings: strict),
        .target(name: "ShownText", path: "Sources/Core/ShownText", swiftSettings: strict),
        .target(
            name: "Workceptor",
            dependencies: [
                "COpenSSL", "ControlProtocol", "JSON", "LinuxSystem", "ShownText", "TaskSupport", "TimeFormats",
                logging, metrics,
            ],
            path: "Sources/Core/Workceptor",
            swiftSettings: strict
        ),
        .target(
            name: "Configuration",
            dependencies: ["CYAML", "NamePatterns", "ShownText", "TimeFormats", "Workceptor"],
            path: "Sources/Core/Configuration",
            swiftSettings: strict
        ),
        .target(
            name: "Signing",
            dependencies: ["COpenSSL", "JSON", "TimeFormats", "Workceptor"],
            path: "Sources/Core/Signing",
            swiftSettings: strict
        ),
        .target(
            name: "ControlProtocol",
            dependencies: ["JSON", "ShownText"],
            path: "Sources/Core/Control/Protocol",
            swiftSettings: strict
        ),
        .target(
            name: "ControlServer",
            dependencies: [
                "ControlProtocol", "JSON", "LinuxSystem", "SocketSupport", "TaskSupport", "TimeFormats", "Workceptor",
                nioCore, nioPosix, logging, metrics,
            ],
            path: "Sources/Core/Control/Server",
            swiftSettings: strict
        ),
        .target(
            name: "ControlClient",
            dependencies: ["ControlProtocol", "JSON", "ShownText", "TimeFormats"],
            path: "Sources/Core/Control/Client",
            swiftSettings: strict
        ),
        // The mesh: wire formats and state machines, QUIC connections, both without IO; and the IO.
        .target(
            name: "Netceptor",
            dependencies: ["JSON", "NamePatterns", "TimeFormats", dequeModule, heapModule],
            path: "Sources/Core/Netceptor",
            swiftSettings: strict
        ),
        .target(
            name: "QUIC",
            dependencies: ["CQUIC", "ShownText", "TimeFormats"],
            path: "Sources/Core/QUIC",
            exclude: ["CQUIC"],
            swiftSettings: strict
        ),
        .target(
            name: "Mesh",
            dependencies: [
                "LinuxSystem", "Netceptor", "QUIC", "SocketSupport", "TaskSupport", "TimeFormats", nioCore, nioPosix,
                logging,
            ],
            path: "Sources/Core/Mesh",
            swiftSettings: strict
        ),
        .target(
            name: "WorkTypeTestKit",
            dependencies: ["JSON", "LinuxSystem", "Workceptor", logging],
            path: "Sources/Core/WorkTypeTestKit",
            swiftSettings: strict
        ),

        // MARK: The command plugin's runner
        .target(
            name: "RunnerProtocol",
            dependencies: ["CLinux"],
            path: "Sources/Plugins/Command/RunnerProtocol",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "workceptor-runner",
            dependencies: ["CLinux", "RunnerProtocol"],
            path: "Sources/Plugins/Command/Runner",
            // A runner is alive for as long as the work is: no Foundation, no shared libraries, small code.
            swiftSettings: strict + [.unsafeFlags(["-Osize"], .when(configuration: .release))],
            linkerSettings: isSanitized ? [] : [.unsafeFlags(["-static-executable"])]
        ),

        // MARK: Executables
        // The one benchmark that is not about the daemon but about the mesh's pure state, so it is built with it.
        .executableTarget(
            name: "mesh-simulation",
            dependencies: ["Netceptor", dequeModule, heapModule],
            path: "Benchmarks/Sources/mesh-simulation",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "workceptor",
            dependencies: [
                "Configuration", "ControlProtocol", "ControlServer", "JSON", "LinuxSystem", "Mesh", "NamePatterns",
                "Netceptor", "QUIC", "ShownText", "Signing", "SocketSupport", "TaskSupport", "TimeFormats",
                "Workceptor", argumentParser, logging, nioCore, nioPosix, unixSignals,
            ] + plugins.map { .target(name: $0.name) },
            path: "Sources/Daemon",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "workceptorctl",
            dependencies: [
                "CLinux", "ControlClient", "ControlProtocol", "JSON", "ShownText", "Signing", "TimeFormats",
                argumentParser,
            ],
            path: "Sources/CLI",
            swiftSettings: strict
        ),

        // MARK: Tests
        .target(
            name: "TestSupport",
            dependencies: ["LinuxSystem"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(name: "ShownTextTests", dependencies: ["ShownText"], swiftSettings: strict),
        .testTarget(name: "TimeFormatsTests", dependencies: ["TimeFormats"], swiftSettings: strict),
        .testTarget(name: "TaskSupportTests", dependencies: ["TaskSupport"], swiftSettings: strict),
        .testTarget(
            name: "SocketSupportTests",
            dependencies: ["SocketSupport", nioCore, nioPosix],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LinuxSystemTests",
            dependencies: ["CLinux", "LinuxSystem", "TestSupport"],
            swiftSettings: strict
        ),
        .target(
            name: "DiskSimulation",
            dependencies: ["CLinux", "LinuxSystem", "TaskSupport"],
            path: "Tests/DiskSimulation",
            swiftSettings: strict
        ),
        .testTarget(
            name: "WorkceptorTests",
            dependencies: [
                "DiskSimulation", "JSON", "LinuxSystem", "TaskSupport", "TestSupport", "Workceptor", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ControlProtocolTests",
            dependencies: ["ControlProtocol", "JSON", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(name: "RunnerProtocolTests", dependencies: ["RunnerProtocol"], swiftSettings: strict),
        .testTarget(
            name: "CommandPluginTests",
            dependencies: ["CommandPlugin", "JSON", "LinuxSystem", "TestSupport", "WorkTypeTestKit", "Workceptor"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EchoPluginTests",
            dependencies: ["EchoPlugin", "WorkTypeTestKit", "Workceptor"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RemotePluginTests",
            dependencies: [
                "COpenSSL", "DiskSimulation", "JSON", "LinuxSystem", "RemotePlugin", "TaskSupport", "TestSupport",
                "TimeFormats", "Workceptor", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: ["Configuration", "TestSupport", "TimeFormats", "Workceptor"],
            swiftSettings: strict
        ),
        .target(
            name: "ControlTestSupport",
            dependencies: ["ControlClient"],
            path: "Tests/ControlClientTests/Support",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ControlClientTests",
            dependencies: ["ControlClient", "ControlTestSupport", "JSON"],
            exclude: ["Support"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "ControlClient", "ControlTestSupport", "JSON", "TimeFormats", "workceptorctl", argumentParser,
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "NamePatternsTests", dependencies: ["NamePatterns", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "NetceptorTests",
            dependencies: ["JSON", "NamePatterns", "Netceptor", "TestSupport", "TimeFormats"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MeshTests",
            dependencies: ["Mesh", "Netceptor", "QUIC", nioCore, nioPosix, logging],
            swiftSettings: strict
        ),
        .target(name: "CMemory", path: "Tests/QUICTests/CMemory"),
        .testTarget(
            name: "QUICTests",
            dependencies: ["CMemory", "CQUIC", "QUIC", "TestSupport"],
            exclude: ["CMemory"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["CLinux", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(name: "ReadmeTests", swiftSettings: strict),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "CommandPlugin", "Configuration", "ControlProtocol", "JSON", "RunnerProtocol", "Signing", "TestSupport",
                "Workceptor",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "SigningTests", dependencies: ["JSON", "Signing", "TestSupport"], swiftSettings: strict),
    ] + plugins
)
