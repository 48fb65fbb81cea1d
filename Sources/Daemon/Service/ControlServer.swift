import Foundation
import Fusion
import Glibc
import Logging
import MQTT
import Signals
import Store

extension DaemonSettings {
    /// Where the daemon listens, and where the command line looks for it.
    package func controlSocket(environment: [String: String]) -> String {
        control.effectiveSocket(
            environment: environment, database: store.effectivePath(environment: environment))
    }
}

/// Answers the command line on a Unix socket that the daemon's group may use.
///
/// One thread, one request at a time; the work is done on the broker thread, between two batches.
final class ControlServer: @unchecked Sendable {
    private let path: String
    private let listener: Int32
    let gateway: Gateway
    let client: BrokerClient
    private let logger: Logger
    private let ended = DispatchSemaphore(value: 0)

    private static let requestBytesMax = 64 << 20
    /// A request that is not here by then is dropped: the others wait for it.
    private static let requestTimeMax = Duration.seconds(30)

    init(path: String, gateway: Gateway, client: BrokerClient, logger: Logger) throws {
        self.path = path
        self.gateway = gateway
        self.client = client
        self.logger = logger
        listener = try UnixSocket.listen(at: path)
    }

    func start() {
        let thread = Thread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    break
                }
                answer(connection)
                close(connection)
            }
            ended.signal()
        }
        thread.name = "control"
        thread.start()
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        ended.wait()
        close(listener)
        unlink(path)
    }

    private func answer(_ connection: Int32) {
        // Someone who connects and says nothing must not keep the others out.
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(
            connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(
            connection, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard
            let line = UnixSocket.readLine(
                connection, max: Self.requestBytesMax, until: .now + Self.requestTimeMax)
        else { return }
        let reply: ControlReply
        do {
            reply = perform(try JSONDecoder().decode(ControlRequest.self, from: Data(line)))
        } catch {
            reply = ControlReply(
                error: "could not read the request; is the command line of another version?")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(reply) else { return }
        UnixSocket.write(connection, [UInt8](data) + [UInt8(ascii: "\n")])
    }

    private func perform(_ request: ControlRequest) -> ControlReply {
        var request = request
        if let file = request.file {
            // Here, not on the broker thread: some megabytes take a moment to read and to store.
            do {
                request.id = try gateway.networks.add(
                    [UInt8](file), nowMs: gateway.clocks.now.wall / 1_000_000
                ).id
                request.file = nil
            } catch {
                return ControlReply(error: "\(error)")
            }
        }
        if request.command == .activity { return activity(of: request.asset ?? "") }
        if request.command == .search { return search(request.search ?? SearchRequest()) }
        let box = ReplyBox<ControlReply>()
        client.perform { [gateway, request] in
            box.put(Self.reply(to: request, from: gateway))
        }
        return box.take(within: 10)
            ?? ControlReply(error: "the daemon is busy and did not answer within 10 s; try again")
    }

    /// Here, not on the broker thread: thousands of windows take a moment to read.
    private func activity(of asset: String) -> ControlReply {
        do {
            let archive = try gateway.store.archive(asset: AssetName(asset)).map(\.blob)
            guard !archive.isEmpty else {
                return ControlReply(
                    error:
                        "no windows of \"\(asset)\" are kept yet; `anchord asset list` names the assets"
                )
            }
            return ControlReply(activity: try ActivityProposal.proposals(from: archive))
        } catch {
            return ControlReply(error: "\(error)")
        }
    }

    static func reply(to request: ControlRequest, from gateway: Gateway) -> ControlReply {
        do {
            switch request.command {
            case .status:
                return ControlReply(status: gateway.statusReport())
            case .forget, .relearn:
                return try change(AssetName(request.asset ?? ""), request.command, gateway)
            case .quarantine:
                return ControlReply(quarantine: try gateway.quarantine().map(QuarantineEntry.init))
            case .release:
                return try release(request.id, gateway)
            case .models:
                return ControlReply(models: try gateway.modelList())
            case .useModel:
                return try use(request, gateway)
            case .removeModel:
                return try remove(request.id ?? "", gateway)
            case .alarms:
                return alarms(request, gateway)
            case .alarmHistory:
                return try history(request, gateway)
            case .operate:
                return try operate(request, gateway)
            case .labels:
                return try labels(request, gateway)
            case .removeLabel:
                return try removeLabel(request, gateway)
            case .activity, .search:
                // Answered on the control thread.
                return ControlReply()
            }
        } catch {
            return ControlReply(error: "\(error)")
        }
    }

    private static func change(
        _ name: AssetName, _ command: ControlRequest.Command, _ gateway: Gateway
    ) throws -> ControlReply {
        guard gateway.pipeline.assets.contains(name) else {
            return unknownAsset(name, gateway)
        }
        if command == .forget {
            _ = try gateway.forget(name)
        } else {
            try gateway.control(.relearn(name))
        }
        return ControlReply()
    }

    private static func use(
        _ request: ControlRequest, _ gateway: Gateway
    ) throws -> ControlReply {
        guard let id = try gateway.model(named: request.id ?? "") else {
            return unknownModel(request.id ?? "")
        }
        let asset = request.asset.map { AssetName($0) }
        if let asset, !gateway.pipeline.assets.contains(asset) {
            return unknownAsset(asset, gateway)
        }
        var assets = asset.map { [$0] } ?? gateway.pipeline.assets
        var text: String?
        if id == AssetLine.Proposal.linear {
            assets.removeAll(where: gateway.isLinear)
            guard !assets.isEmpty else {
                return ControlReply(
                    error: "\(asset?.text ?? "every asset") uses the linear model already")
            }
            text = gateway.configured.map {
                "fusion.model names \($0.shortID), which is proposed again at the next start"
            }
        }
        if !assets.isEmpty {
            try gateway.propose(id, to: assets, isForced: request.isForced ?? false)
        }
        return ControlReply(models: try gateway.modelList(), model: id, text: text)
    }

    private static func remove(_ prefix: String, _ gateway: Gateway) throws -> ControlReply {
        guard let id = try gateway.networks.id(beginningWith: prefix) else {
            return unknownModel(prefix)
        }
        if gateway.configured?.id == id {
            return ControlReply(
                error:
                    "could not remove the model: fusion.model names it; change the settings first"
            )
        }
        let users = try gateway.removeModel(id)
        guard users.isEmpty else {
            let names = users.map(\.text).joined(separator: ", ")
            return ControlReply(
                error: "could not remove the model: it serves \(names); let them use another first")
        }
        return ControlReply(model: id)
    }

    private static func unknownModel(_ prefix: String) -> ControlReply {
        ControlReply(
            error:
                "there is no single model whose id begins with \"\(prefix)\"; `anchord model list` names them, and linear is the one without training"
        )
    }

    static func unknownAsset(_ name: AssetName, _ gateway: Gateway) -> ControlReply {
        let known = gateway.pipeline.assets.map(\.text).joined(separator: ", ")
        return ControlReply(
            error: "there is no asset \"\(name)\"; known are: \(known.isEmpty ? "none" : known)")
    }

    private static func release(_ id: String?, _ gateway: Gateway) throws -> ControlReply {
        var messages = try gateway.quarantine()
        if let id {
            messages.removeAll { $0.fingerprint.description != id.lowercased() }
            guard !messages.isEmpty else {
                return ControlReply(
                    error:
                        "there is no message \"\(id)\" in quarantine; `anchord quarantine list` names those that are"
                )
            }
        }
        try gateway.release(messages)
        return ControlReply(quarantine: messages.map(QuarantineEntry.init))
    }
}
