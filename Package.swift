// swift-tools-version: 6.2
import PackageDescription

/// One list for every target: Swift 6 mode, warnings are errors, and the two upcoming features that keep imports honest.
/// ExistentialAny: SE-0335. MemberImportVisibility: SE-0444. InternalImportsByDefault: SE-0409.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The programs have Swift's runtime in themselves when script/steps/build.sh says so: calls into it cost a fifth of a request less
/// than through a shared library, a process starts sooner, and a machine that only runs them needs no Swift. The libraries named are
/// those Foundation consists of, which the linker does not find by itself. Tests cannot be linked so, as their own library is shared.
let programLinking: [LinkerSetting] =
    Context.environment["CAMET_STATIC_RUNTIME"] == "yes"
    ? [
        .unsafeFlags([
            "-static-stdlib", "-l_FoundationCShims", "-l_FoundationCollections", "-lCoreFoundation",
            "-l_CFXMLInterface", "-l_FoundationICU", "-lFoundationInternationalization",
        ])
    ] : []

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "Logging", package: "swift-log"),
]

let package = Package(
    name: "camet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "camet-gateway", targets: ["Gateway"]),
        .executable(name: "camet-worker", targets: ["TenantWorker"]),
        .executable(name: "camet-launcher", targets: ["Launcher"]),
        .executable(name: "camet", targets: ["OpsCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CQRCode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CProcess", path: "Sources/CProcess"),
        .executableTarget(name: "Launcher", dependencies: ["CProcess"]),
        .target(name: "Shared", swiftSettings: settings),
        .target(name: "ManufacturingKPI", dependencies: ["Shared"], swiftSettings: settings),
        .target(
            name: "PostgresClient",
            dependencies: ["CLibPQ", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .target(
            name: "Identity",
            dependencies: ["Shared", "CArgon2", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings
        ),
        .target(
            name: "IPC",
            dependencies: ["Shared", "CProcess"] + nio,
            swiftSettings: settings
        ),
        .target(
            name: "Systemd",
            dependencies: ["CProcess", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Gateway",
            dependencies: [
                "Shared", "Identity", "IPC", "PostgresClient", "CProcess", "Systemd", "CQRCode", "CZlib",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ] + nio,
            resources: [.copy("Render/Templates"), .copy("Render/Languages"), .copy("Web")],
            swiftSettings: settings,
            linkerSettings: programLinking
        ),
        .target(
            name: "WorkerProcess",
            dependencies: ["IPC", "CProcess"] + nio,
            path: "Sources/TenantWorker/Process",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "TenantWorker",
            dependencies: [
                "Shared", "ManufacturingKPI", "IPC", "PostgresClient", "Systemd", "WorkerProcess",
                .product(name: "Crypto", package: "swift-crypto"),
            ] + nio,
            exclude: ["Process"],
            swiftSettings: settings,
            linkerSettings: programLinking
        ),
        .executableTarget(
            name: "OpsCLI",
            dependencies: [
                "Shared", "Identity", "PostgresClient", "CZlib",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings,
            linkerSettings: programLinking
        ),
        .target(
            name: "TestSupport",
            dependencies: ["PostgresClient"],
            path: "Tests/TestSupport",
            exclude: ["IPCTestWorker", "IsolationProbe"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ipc-test-worker",
            dependencies: ["Shared", "IPC", "WorkerProcess"] + nio,
            path: "Tests/TestSupport/IPCTestWorker",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "isolation-probe",
            dependencies: ["CProcess"],
            path: "Tests/TestSupport/IsolationProbe"
        ),
        .executableTarget(
            name: "BenchmarkUpstream",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Benchmarks/BenchmarkUpstream",
            swiftSettings: settings
        ),
        .testTarget(name: "SharedTests", dependencies: ["Shared"], swiftSettings: settings),
        .testTarget(
            name: "ManufacturingKPITests",
            dependencies: ["Shared", "ManufacturingKPI"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IPCTests",
            dependencies: ["IPC", "Shared", .product(name: "NIOEmbedded", package: "swift-nio")] + nio,
            swiftSettings: settings
        ),
        .testTarget(name: "IdentityTests", dependencies: ["Identity"], swiftSettings: settings),
        .testTarget(name: "OpsTests", dependencies: ["OpsCLI", "Shared"], swiftSettings: settings),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "PostgresClient", "TestSupport", "OpsCLI", "Identity", "TenantWorker", "ManufacturingKPI", "Shared",
                "IPC",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "Identity", "IPC", "Shared", "ipc-test-worker",
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio,
            exclude: ["RenderGolden"],
            swiftSettings: settings
        ),
    ]
)
