import CMosquitto
import Glibc

/// What libmosquitto refused to do, in its own words.
package struct MQTTError: Error, Equatable, CustomStringConvertible {
    /// The `MOSQ_ERR_…` value.
    package let code: Int32
    /// What we were doing, as the end of "could not …".
    package let attempt: String
    /// What was found: libmosquitto's words, the system's, or ours where we know better.
    package let detail: String

    package init(code: Int32, attempt: String, detail: String) {
        self.code = code
        self.attempt = attempt
        self.detail = detail
    }

    /// Reads `errno` as the failed call left it: nothing may come between that call and this.
    init(code: Int32, attempting attempt: String) {
        let systemError = errno
        self.code = code
        self.attempt = attempt
        self.detail =
            switch code {
            case Int32(MOSQ_ERR_ERRNO.rawValue): String(cString: strerror(systemError))
            // The resolver's code takes the place of `errno`.
            case Int32(MOSQ_ERR_EAI.rawValue): String(cString: gai_strerror(systemError))
            default: String(cString: mosquitto_strerror(code))
            }
    }

    /// Whether the same call may succeed once the connection is back.
    package var isRetriable: Bool {
        [MOSQ_ERR_NO_CONN, MOSQ_ERR_CONN_LOST, MOSQ_ERR_CONN_REFUSED, MOSQ_ERR_KEEPALIVE]
            .contains { $0.rawValue == code }
    }

    package var description: String { "could not \(attempt): \(detail)" }

    static func check(_ code: Int32, attempting attempt: @autoclosure () -> String)
        throws(MQTTError)
    {
        guard code != Int32(MOSQ_ERR_SUCCESS.rawValue) else { return }
        // The attempt's words are made only now, and may disturb `errno`.
        let systemError = errno
        let words = attempt()
        errno = systemError
        throw MQTTError(code: code, attempting: words)
    }

    /// A fault found before libmosquitto was asked.
    static func ours(_ attempt: String, _ detail: String) -> MQTTError {
        MQTTError(code: Int32(MOSQ_ERR_INVAL.rawValue), attempt: attempt, detail: detail)
    }
}
