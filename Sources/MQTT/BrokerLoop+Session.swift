import CMosquitto
import Glibc
import Logging
import Signals

/// What happens while the broker has let us in: read a batch, keep it, and only then acknowledge it.
extension BrokerLoop {
    /// Reading a batch takes this long at most.
    private static let batchSpanMax: Duration = .milliseconds(20)
    /// How long stopping waits for the broker to confirm the farewell, and to close.
    private static let farewellMax: Duration = .seconds(2)

    func beginSession() throws {
        let session = SessionInfo(
            isSessionPresent: connection!.handle.inbox.connectAnswer?.isSessionPresent ?? false,
            version: connection!.handle.version)
        connection!.handle.stopListeningToComplaints()
        isInSession = true
        backlog = BacklogWatch(now: now)
        logger.info(
            "Connected to the broker.",
            metadata: [
                "broker": "\(settings.url)", "mqtt": "\(session.version.rawValue)",
                "session_present": "\(session.isSessionPresent)",
            ])
        for filter in former {
            unsubscribing[try connection!.handle.unsubscribe(from: filter)] = filter
        }
        for filter in filters { try subscribe(filter) }
        delegate.brokerConnected(session)
    }

    private func subscribe(_ filter: String) throws {
        subscribing[try connection!.handle.subscribe(to: filter, qos: settings.inputQoS)] = filter
    }

    /// One turn of the loop.
    ///
    /// When a batch is full we stop reading, and the rest waits at the broker. If anything throws,
    /// the handle is let go of: what was not acknowledged, the broker sends again.
    func turn() throws {
        let isBusy = mayHoldMore || connection!.handle.wantsWrite
        let isReadable = wait(atMost: isBusy ? .zero : max(.zero, nextTick - now))
        runMail()
        var failure: MQTTError?
        if isReadable || mayHoldMore {
            failure = readBatch()
        } else {
            backlog.sawNothing(now: now)
        }
        handOnAnswers()
        // Read before the connection broke is read all the same: QoS 0 would not come again.
        if !connection!.handle.inbox.messages.isEmpty || now >= nextTick { try keepBatch() }
        if let failure { throw failure }
        try flush()
        if isUnflushed {
            isUnflushed = false
            delegate.flushed()
        }
        handOnPublished()
        try connection!.handle.keepAlive()
        if connection!.handle.socket < 0 {
            throw MQTTError.ours("go on with the session", "the broker ended it")
        }
    }

    private func readBatch() -> MQTTError? {
        let inbox = connection!.handle.inbox
        inbox.arrival = arrivalClock()
        let end = now + Self.batchSpanMax
        mayHoldMore = true
        do {
            while inbox.messages.count < settings.batchMax, inbox.bytes < settings.batchBytesMax {
                guard try connection!.handle.read() else {
                    mayHoldMore = false
                    break
                }
                if now >= end { break }
            }
        } catch {
            mayHoldMore = false
            return error
        }
        if !inbox.messages.isEmpty { backlog.sawBatch(isFull: mayHoldMore, now: now) }
        return nil
    }

    private func keepBatch() throws {
        let inbox = connection!.handle.inbox
        let isDrained =
            !mayHoldMore && backlog.isLive && subscribing.isEmpty && inbox.connectAnswer != nil
        isUnflushed = isUnflushed || !inbox.messages.isEmpty
        do {
            try delegate.keep(inbox.messages, isDrained: isDrained)
        } catch {
            logger.error(
                "Could not keep a batch; the broker will send it again.",
                metadata: [
                    "error": "\(error)", "messages": "\(inbox.messages.count)",
                ])
            throw MQTTError.ours("keep what the broker sent", "\(error)")
        }
        inbox.discardBatch()
        nextTick = now + tick
    }

    /// Writes all that is queued before anything else is read: a PUBACK queued later would leave
    /// together with it. The delegate's ticks go on while the socket is full.
    private func flush() throws {
        guard connection!.handle.wantsWrite else { return }
        let deadline = now + settings.keepalive
        while true {
            try connection!.handle.write()
            guard connection!.handle.wantsWrite, connection!.handle.socket >= 0 else { return }
            guard now < deadline else {
                throw MQTTError.ours(
                    "write to the broker", "it took nothing for \(settings.keepalive)")
            }
            var socket = pollfd(fd: connection!.handle.socket, events: Int16(POLLOUT), revents: 0)
            if poll(&socket, 1, 20) > 0 {
                // Writable and still not taken: OpenSSL is waiting for the broker's turn.
                usleep(1000)
            }
            if now >= nextTick {
                nextTick = now + tick
                try delegate.keep([], isDrained: false)
            }
        }
    }

    // MARK: Answers

    private func handOnAnswers() {
        let inbox = connection!.handle.inbox
        for answer in inbox.subscribeAnswers {
            guard let filter = subscribing.removeValue(forKey: answer.packet) else { continue }
            if answer.qos == nil {
                logger.error(
                    "The broker refused a subscription.", metadata: ["filter": "\(filter)"])
            }
            delegate.brokerGranted(filter: filter, qos: answer.qos)
        }
        inbox.subscribeAnswers = []
        for packet in inbox.unsubscribeAnswers {
            guard let filter = unsubscribing.removeValue(forKey: packet) else { continue }
            former.removeAll { $0 == filter }
        }
        inbox.unsubscribeAnswers = []
    }

    private func handOnPublished() {
        let inbox = connection!.handle.inbox
        let acknowledged = inbox.acknowledged
        inbox.acknowledged = []
        let written = outgoing.written(inbox.written)
        inbox.written = 0
        for answer in acknowledged {
            guard let token = outgoing.acknowledged(packet: answer.packet) else { continue }
            if answer.reason >= 128 {
                let reason = MosquittoHandle.words(forReason: answer.reason)
                logger.error("The broker refused a publication.", metadata: ["error": "\(reason)"])
                if token != 0 { delegate.publishRefused(token: token, reason: reason) }
            } else if token != 0 {
                delegate.published(token: token)
            }
        }
        for token in written where token != 0 { delegate.published(token: token) }
        while let publication = outgoing.nextWaiting() { _ = handOver(publication) }
    }

    // MARK: Publishing

    func publish(_ publication: Publication) -> PublishOutcome {
        guard isInSession else { return .notConnected }
        guard !outgoing.isFull else { return .full }
        if publication.qos != .atMostOnce, outgoing.isWaiting || !outgoing.hasRoomInFlight {
            if mosquitto_pub_topic_check(publication.topic) != Int32(MOSQ_ERR_SUCCESS.rawValue) {
                return .rejected("\(publication.topic) is no topic to publish to")
            }
            outgoing.wait(publication)
            return .queued
        }
        return handOver(publication)
    }

    private func handOver(_ publication: Publication) -> PublishOutcome {
        do {
            outgoing.handedOver(publication, packet: try connection!.handle.publish(publication))
            return .queued
        } catch {
            // A lost connection shows itself in the next read or write.
            return error.isRetriable ? .notConnected : .rejected(error.description)
        }
    }

    // MARK: Leaving

    /// Says farewell, and leaves with a DISCONNECT so that the will stays unsaid.
    ///
    /// What arrives while the farewell is confirmed is kept like everything else; what is still in
    /// the socket then was not acknowledged, and the broker has it.
    func endSession() throws {
        for publication in farewell ?? [] { _ = publish(publication) }
        let confirmEnd = now + Self.farewellMax
        repeat { try turn() } while outgoing.count > 0 && now < confirmEnd
        try connection!.handle.disconnect()
        let closeEnd = now + Self.farewellMax
        while connection!.handle.socket >= 0, connection!.handle.wantsWrite, now < closeEnd {
            try connection!.handle.write()
            if connection!.handle.wantsWrite { usleep(1000) }
        }
    }
}
