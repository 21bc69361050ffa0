// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that what measures the daemon shares no code with it and costs its build nothing.
let package = Package(
    name: "workceptor-bench",
    products: [.executable(name: "workceptor-bench", targets: ["workceptor-bench"])],
    targets: [
        .target(name: "CBench"),
        .executableTarget(
            name: "workceptor-bench",
            dependencies: ["CBench"],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ]
        ),
    ]
)
