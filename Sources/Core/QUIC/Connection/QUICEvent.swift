/// What has happened to a connection.
public enum QUICEvent: Sendable, Hashable {
    /// Both sides are who they should be; streams can be opened.
    case handshakeCompleted
    /// The peer opened a stream.
    case streamOpened(QUICStreamID)
    /// There is something to read again: bytes, the end, or a reset. Not repeated until a read found nothing.
    case readable(QUICStreamID)
    /// A stream that did not take all bytes of a write takes bytes again.
    case writable(QUICStreamID)
    /// The peer does not want any more of the stream; what was written and has not arrived is dropped.
    case stopped(QUICStreamID)
    /// The peer has everything of the stream, and this side can have everything of it too. What has not been read can
    /// still be read.
    case streamClosed(QUICStreamID)
    /// The peer allows more streams than before.
    case streamsAvailable
    /// The connection is over: the last event. What has arrived can still be read.
    case closed(QUICClosure)
}
