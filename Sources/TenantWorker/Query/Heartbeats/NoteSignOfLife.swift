import PostgresClient
import Shared

/// A watched line has given a sign of life.
enum NoteSignOfLife {
    static func statement(_ line: LineID, at instant: Instant) -> Statement {
        Statement(
            "NoteSignOfLife",
            """
            SELECT note_sign_of_life(\(Int32(line.rawValue)),
                \(PostgresTimestamp(microseconds: instant.microseconds)))
            """
        )
    }
}
