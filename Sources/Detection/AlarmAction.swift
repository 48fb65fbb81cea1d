/// What an operator may do to an alarm.
package enum AlarmAction: Equatable, Sendable, Codable {
    case acknowledge
    /// For so many seconds of event time.
    case shelve(seconds: Int64)
    case unshelve, outOfService, inService
}

/// Why an action was refused. Each case has its own counter.
package enum AlarmRefusal: String, CaseIterable, Sendable {
    case nothingToAcknowledge = "nothing_to_acknowledge"
    case notShelved = "not_shelved"
    case notOutOfService = "not_out_of_service"
    case isOutOfService = "is_out_of_service"
    /// The asset has no such stream.
    case unknownStream = "unknown_stream"
}
