/// The health of what an asset says of itself, in the words of NAMUR NE 107.
///
/// | Here | NE 107 | OPC UA DeviceHealth | StatusCode |
/// |---|---|---|---|
/// | fewer senses than the minimum, or silence | failure | 1 | Bad, 0x80000000 |
/// | warming up, starting, or out of service | check function | 2 | Bad, 0x80000000 |
/// | a sense is missing, or part of the window was lost | out of specification | 3 | Uncertain, 0x40000000 |
/// | good figures and a raised alarm | maintenance required | 4 | Good, 0 |
/// | everything else | normal | 0 | Good, 0 |
///
/// OPC 30142, 6.8.1.1. The machine's own health is the alarm; this says how far to trust it.
package enum DeviceHealth: String, CaseIterable, Sendable {
    case normal, failure
    case checkFunction = "check_function"
    case offSpec = "off_spec"
    case maintenanceRequired = "maintenance_required"

    package var statusCode: UInt32 {
        switch self {
        case .failure, .checkFunction: 0x8000_0000
        case .offSpec: 0x4000_0000
        case .normal, .maintenanceRequired: 0
        }
    }
}

extension Verdict {
    package var health: DeviceHealth {
        if alarmNote.life == .outOfService || state == .warmingUp
            || alarmNote.suppression == .starting
        {
            return .checkFunction
        }
        if alarmNote.suppression == .idle { return .normal }
        switch quality {
        case .bad: return .failure
        case .uncertain: return .offSpec
        case .good: return alarm.isRaised ? .maintenanceRequired : .normal
        }
    }
}
