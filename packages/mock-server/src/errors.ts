import { MotteError } from "@motte/core/errors";

/** Every code a mock server throws. */
export type MockServerErrorCode =
  /** The port asked for belongs to another program. */
  | "MOCK_PORT_IN_USE"
  /** The server was closed while something waited on it. */
  | "MOCK_CLOSED"
  /** The client's connection ended before it had answered. */
  | "MOCK_CONNECTION_ENDED"
  /** What was waited for did not happen; the message shows what did. */
  | "MOCK_TIMED_OUT"
  /** What was not to happen did; the message shows it. */
  | "MOCK_UNEXPECTED_STANZA"
  /** A script of the test could not make its reply; the cause says why. */
  | "MOCK_SCRIPT_FAILED"
  /** The text is no trace, or of a newer release; the message names the line. */
  | "MOCK_BAD_TRACE"
  /** A redacted trace has nothing that could be replayed. */
  | "MOCK_TRACE_REDACTED"
  /** The text scanned is not a pairing QR, or belongs to another client. */
  | "MOCK_BAD_QR"
  /** No connected client shows this QR any more. */
  | "MOCK_QR_EXPIRED"
  /** The client did not accept what the phone signed. */
  | "MOCK_PAIRING_REFUSED"
  /** No connected client asked for a pairing code for this phone's number. */
  | "MOCK_NO_PAIRING_REQUEST"
  /** The code entered is not the one the client shows. */
  | "MOCK_WRONG_PAIRING_CODE"
  /** The client asked for this code too long ago. */
  | "MOCK_PAIRING_CODE_EXPIRED"
  /** The phone has handed out every device number. */
  | "MOCK_TOO_MANY_DEVICES"
  /** The phone has no linked device to write to. */
  | "MOCK_NO_COMPANION"
  /** Every client the message went to said that it will not take it. */
  | "MOCK_MESSAGE_REFUSED"
  /** Clients sent stanzas that no handler knows; the message names them. */
  | "MOCK_UNHANDLED_STANZA"
  /** The server would answer this message with an error. */
  | "MOCK_MESSAGE_NOT_ACCEPTED"
  /** Nobody on this server has the JID that was written to. */
  | "MOCK_NO_SUCH_CHAT"
  /** The contact has sent, or received, no message with this id. */
  | "MOCK_UNKNOWN_MESSAGE"
  /** The group does not let this person do that; `status` is the error a client would get. */
  | "MOCK_GROUP_REFUSED"
  /** The media of a message is not on the server: never uploaded, or expired. */
  | "MOCK_MEDIA_MISSING"
  /** The media of a message is not what the message says it is. */
  | "MOCK_MEDIA_CORRUPT"
  /** A bot that was to be kept offline connected to something that is neither this machine nor WhatsApp. */
  | "MOCK_OFFLINE"
  /** A program in production was to talk to a mock server. */
  | "MOCK_IN_PRODUCTION"
  /** The snapshot is damaged, of another version, or of a server with another seed. */
  | "MOCK_BAD_SNAPSHOT"
  /** The world holds something that a snapshot could not bring back; the message says where. */
  | "MOCK_SNAPSHOT_UNSUPPORTED"
  /** A snapshot was restored that does not know this person or device: ask the server for it again. */
  | "MOCK_NOT_IN_WORLD"
  /** After the faults of a chaos something stayed broken; the message names it, and the seed that repeats it. */
  | "MOCK_CHAOS_BROKE"
  /** The server was about to send a stanza that some client could not take. */
  | "MOCK_BAD_STANZA";

/** The mock server could not do what a test asked of it. */
export class MockServerError extends MotteError<MockServerErrorCode> {}
