import Foundation
import Glibc
import Intake
import Logging
import MQTT
import Publishing
import Signals
import Status
import Store

/// `anchord run`: starts everything in order, waits for signals, stops everything in the other
/// order.
///
/// The main thread waits for signals; the broker thread does the work; fits and tidying have
/// threads of low priority. TERM and INT stop, HUP reads the settings again.
package struct DaemonRun {
    private let file: String?
    private let environment: [String: String]
    private let manager: ServiceManager

    package init(file: String?, environment: [String: String]) {
        self.file = file
        self.environment = environment
        manager = ServiceManager(environment: environment)
    }

    /// Runs until told to stop. Returns the exit status: 0, 1 when it could not start, 78 when the
    /// settings are bad.
    package func run() -> Int32 {
        // Blocked here, before any thread is made, so that only `sigwait` sees them.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)

        let loaded = DaemonSettings.load(file: file, environment: environment)
        guard loaded.faults.isEmpty else {
            for fault in loaded.faults {
                FileHandle.standardError.write(Data("\(fault)\n".utf8))
            }
            return 78
        }
        var settings = loaded.settings
        var running: RunningGateway
        do {
            running = try RunningGateway(
                settings: settings, environment: environment, manager: manager)
        } catch {
            logger(settings).critical("Could not start.", metadata: ["error": "\(error)"])
            return 1
        }
        manager.ready("started")
        while true {
            var number: Int32 = 0
            guard sigwait(&signals, &number) == 0 else { continue }
            if number != SIGHUP { break }
            reload(&settings, &running)
        }
        manager.stopping()
        return running.stop(why: "stopped") ? 0 : 1
    }

    /// Reads the settings again. Bad ones change nothing; good ones take over with the state, the
    /// open windows included, as a restart would, only without one.
    private func reload(_ settings: inout DaemonSettings, _ running: inout RunningGateway) {
        let log = logger(settings)
        let loaded = DaemonSettings.load(file: file, environment: environment)
        guard loaded.faults.isEmpty else {
            for fault in loaded.faults {
                log.error(
                    "The new settings are bad; the old ones stay.", metadata: ["fault": "\(fault)"])
            }
            manager.status("reload refused: \(loaded.faults.count) faults in the settings")
            return
        }
        manager.reloading()
        _ = running.stop(why: "reloading")
        do {
            running = try RunningGateway(
                settings: loaded.settings, environment: environment, manager: manager)
            settings = loaded.settings
            log.notice("Reloaded the settings.", metadata: ["files": "\(loaded.files)"])
        } catch {
            log.error(
                "Could not start with the new settings; going back to the old ones.",
                metadata: ["error": "\(error)"])
            do {
                running = try RunningGateway(
                    settings: settings, environment: environment, manager: manager)
            } catch {
                log.critical("Could not go back either.", metadata: ["error": "\(error)"])
                exit(1)
            }
        }
        manager.ready("reloaded")
    }

    private func logger(_ settings: DaemonSettings) -> Logger {
        LogOutput.logger(settings.log, environment: environment)
    }
}

/// Everything of one life between two readings of the settings.
struct RunningGateway {
    private let gateway: Gateway
    private let client: BrokerClient
    private let control: ControlServer
    private let page: StatusServer?
    private let logger: Logger

    /// Started top to bottom, stopped bottom to top: the state before the broker, so that the first
    /// message finds everything in its place; the control line and the page last.
    init(
        settings: DaemonSettings, environment: [String: String], manager: ServiceManager
    ) throws {
        logger = LogOutput.logger(settings.log, environment: environment)
        let name = settings.gateway.effectiveName(hostName: Self.hostName())
        let recovery = try Recovery(
            settings: settings, gatewayName: name, environment: environment, logger: logger)
        gateway = try Gateway(recovery, manager: manager)
        let clocks = gateway.clocks
        client = BrokerClient(
            settings: settings.broker, clientID: settings.broker.clientID ?? "anchord-\(name)",
            will: Will(
                topic: gateway.topics.status,
                payload: Array(gateway.offlinePayload(why: "lost").utf8),
                contentType: "application/json"),
            subscriptions: gateway.subscriptions,
            formerSubscriptions: gateway.formerSubscriptions,
            arrival: { clocks.now }, jitterSeed: UInt64(getpid()), logger: logger,
            delegate: gateway)
        let socket = settings.controlSocket(environment: environment)
        control = try ControlServer(path: socket, gateway: gateway, client: client, logger: logger)
        // The two hold each other from here on: after the last thing that may fail, or a failure
        // would keep the journal locked.
        gateway.client = client
        client.start()
        control.start()
        page = Self.page(
            settings,
            source: PageSource(
                gateway: gateway, client: client,
                path: settings.store.effectivePath(environment: environment)), logger)
        logger.notice(
            "Started.",
            metadata: [
                "gateway": "\(name)", "version": "\(version)", "broker": "\(settings.broker.url)",
                "settings": "\(gateway.settingsHash)",
            ])
    }

    /// The page is nobody's life: without it the daemon does its work all the same.
    private static func page(
        _ settings: DaemonSettings, source: PageSource, _ logger: Logger
    ) -> StatusServer? {
        guard let address = settings.status.address else { return nil }
        do {
            let page = try StatusServer(address, source: source, logger: logger)
            logger.notice(
                address.isLoopback
                    ? "The status page is there for this machine."
                    : "The status page is there for every machine that reaches this address; it asks nobody who they are.",
                metadata: ["url": "http://\(page.address)/"])
            return page
        } catch {
            logger.warning(
                "There is no status page; everything else goes on.",
                metadata: ["error": "\(error)"])
            return nil
        }
    }

    func stop(why: String) -> Bool {
        page?.stop()
        control.stop()
        let farewell = Publication(
            topic: gateway.topics.status,
            payload: Array(gateway.offlinePayload(why: why).utf8),
            qos: .atLeastOnce, retain: true, contentType: "application/json")
        guard client.stop(farewell: [farewell]) else {
            logger.error("The broker thread did not stop in time; the journal has its work.")
            return false
        }
        do {
            try gateway.close()
            logger.notice("Stopped.", metadata: ["why": "\(why)"])
            return true
        } catch {
            logger.error("Could not commit the last state.", metadata: ["error": "\(error)"])
            return false
        }
    }

    private static func hostName() -> String {
        // Not `ProcessInfo.hostName`, which asks the resolver and may wait for it.
        var name = [UInt8](repeating: 0, count: 256)
        name.withUnsafeMutableBytes {
            _ = gethostname($0.assumingMemoryBound(to: CChar.self).baseAddress!, 255)
        }
        return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }
}
