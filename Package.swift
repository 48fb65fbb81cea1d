// swift-tools-version: 6.2
import PackageDescription

// Every room is compiled the same way.
let room: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil)
    -> Target
{
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], resources: resources,
        swiftSettings: room)
}

let package = Package(
    name: "anchord",
    products: [.executable(name: "anchord", targets: ["anchord"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        // The core alone: no router, no tracing, no settings of its own.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    ],
    targets: [
        // Doors to C and C++. Each is imported by exactly one room.
        .systemLibrary(
            name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CBLASKernels", linkerSettings: [.linkedLibrary("openblas")]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),

        // Rooms, in the order data flows.
        .target(
            name: "LinearAlgebra", dependencies: ["CBLASKernels", "COpenBLAS"],
            swiftSettings: room),
        .target(name: "Signals", swiftSettings: room),
        .target(
            name: "MQTT",
            dependencies: [
                "CMosquitto", "Signals", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: room),
        .target(
            name: "Intake", dependencies: ["CSimdjson", "CZlib", "Signals"], swiftSettings: room),
        .target(name: "Windowing", dependencies: ["Signals"], swiftSettings: room),
        .target(
            name: "Fusion", dependencies: ["CCrypto", "LinearAlgebra", "Signals", "Windowing"],
            swiftSettings: room),
        .target(
            name: "Learning", dependencies: ["Detection", "Fusion", "LinearAlgebra", "Signals"],
            swiftSettings: room),
        .target(
            name: "Diagnosis", dependencies: ["Fusion", "Learning", "LinearAlgebra", "Signals"],
            swiftSettings: room),
        .target(
            name: "Detection", dependencies: ["Fusion", "LinearAlgebra", "Signals"],
            swiftSettings: room),
        .target(
            name: "Recall", dependencies: ["LinearAlgebra", "Signals"], swiftSettings: room),
        .target(
            name: "Store",
            dependencies: ["Signals", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: room),
        .target(
            name: "Publishing", dependencies: ["Detection", "Fusion", "Signals"],
            swiftSettings: room),
        .target(
            name: "Status",
            dependencies: [
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: room),
        .target(name: "SimulatedPlant", dependencies: ["Signals"], swiftSettings: room),
        .target(
            name: "Daemon",
            dependencies: [
                "CMalloc", "Detection", "Diagnosis", "Fusion", "Intake", "Learning",
                "LinearAlgebra", "MQTT", "Publishing", "Recall", "Signals", "SimulatedPlant",
                "Status", "Store", "Windowing",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Logging", package: "swift-log"), "TOMLKit",
            ],
            swiftSettings: room),
        .target(
            name: "Tools",
            dependencies: [
                "Intake", "MQTT", "Signals", "SimulatedPlant",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: room),
        .executableTarget(
            name: "anchord",
            dependencies: [
                "Daemon", "Detection", "Diagnosis", "Fusion", "Intake", "Learning", "MQTT",
                "Publishing", "Signals",
                "SimulatedPlant", "Store", "Tools", "Windowing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: room),
        // Not installed: what `make bench-train` runs.
        .executableTarget(
            name: "anchord-bench-train",
            dependencies: ["Fusion", "Learning", "LinearAlgebra", "Signals"],
            path: "Benchmarks/Training", exclude: ["training.py"], swiftSettings: room),

        // Not installed: what `make bench-recall` runs.
        .executableTarget(
            name: "anchord-bench-recall",
            dependencies: ["LinearAlgebra", "Recall", "Signals", "Store"],
            path: "Benchmarks/Recall", swiftSettings: room),

        // What the learning rests on, repeated: `make experiments`. No part of the product.
        .executableTarget(
            name: "anchord-experiments",
            dependencies: [
                "Detection", "Fusion", "Learning", "LinearAlgebra", "Signals", "SyntheticSenses",
            ],
            path: "Experiments", exclude: ["Synthetic"], swiftSettings: room),
        // Senses of which everything is known, for experiments and tests.
        .target(
            name: "SyntheticSenses",
            dependencies: ["Fusion", "Learning", "LinearAlgebra", "Signals"],
            path: "Experiments/Synthetic", swiftSettings: room),

        .target(
            name: "TestSupport",
            dependencies: [
                "Fusion", "MQTT", "Signals", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/TestSupport", swiftSettings: room),
        tests("SignalsTests", ["Signals"]),
        tests("LinearAlgebraTests", ["LinearAlgebra", "Signals"]),
        tests("MQTTTests", ["MQTT", "Signals", .product(name: "Logging", package: "swift-log")]),
        tests("IntakeTests", ["Intake", "Signals"]),
        tests("WindowingTests", ["Windowing", "Signals"]),
        tests("FusionTests", ["Fusion", "LinearAlgebra", "Signals", "Windowing"]),
        tests(
            "LearningTests", ["Learning", "Fusion", "LinearAlgebra", "Signals", "SyntheticSenses"]),
        tests("DiagnosisTests", ["Diagnosis", "Fusion", "Learning", "LinearAlgebra", "Signals"]),
        tests("DetectionTests", ["Detection", "Fusion", "Signals", "Windowing"]),
        tests("RecallTests", ["Recall", "LinearAlgebra", "Signals"]),
        tests(
            "StoreTests",
            ["Store", "Signals", .product(name: "GRDB", package: "GRDB.swift")]),
        tests("PublishingTests", ["Publishing", "Detection", "Signals"]),
        tests("StatusTests", ["Status", .product(name: "Logging", package: "swift-log")]),
        tests("SimulatedPlantTests", ["SimulatedPlant", "Signals"]),
        tests("ToolsTests", ["Tools", "Intake", "MQTT", "Signals", "SimulatedPlant"]),
        tests(
            "DaemonTests",
            [
                "Daemon", "Detection", "Diagnosis", "Fusion", "Intake", "Learning", "MQTT",
                "Publishing", "Recall", "Signals", "Status", "Store", "Windowing",
                .product(name: "Logging", package: "swift-log"),
            ], resources: [.copy("BadSettings")]),
        tests(
            "ScenarioTests", ["Daemon", "Intake", "Signals"], resources: [.copy("Scenarios")]),
        tests(
            "SimulationTests",
            [
                "Daemon", "Detection", "Fusion", "Intake", "Learning", "MQTT", "Signals",
                "SimulatedPlant",
                "Store",
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests(
            "SystemTests",
            [
                "Daemon", "Diagnosis", "Fusion", "Intake", "MQTT", "Publishing", "Signals",
                "SimulatedPlant", "Store",
                .product(name: "Logging", package: "swift-log"),
            ]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
