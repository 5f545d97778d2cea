//! Every bound of the product in one place, each with its reason.

use std::time::Duration;

/// Bounds on what strangers and upstreams may send. All sizes in bytes unless named otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A request body. Vendors accept 32 MiB, and a smaller cap breaks image and file prompts.
    pub body_bytes_max: usize,
    /// A complete upstream answer: two vendors' largest answers, so that an endless one ends.
    pub answer_bytes_max: usize,
    /// One server-sent event. Image deltas reach megabytes; text deltas never do.
    pub frame_bytes_max: usize,
    /// Nesting of JSON. Tool schemas reach 20; recursion beyond 128 is an attack on the parser.
    pub json_depth_max: usize,
    /// Strings in one body. A million-token prompt in small parts stays below this.
    pub segments_max: usize,
    /// Text of one segment that is inspected; a longer one is refused rather than half read.
    pub segment_bytes_max: usize,
    /// Nested decoding: base64 within base64 within URL encoding is seen, a fourth layer is reported.
    pub decode_depth_max: usize,
    /// Decoded text, as a multiple of the text it came from, or of a kibibyte if that is longer.
    pub decode_ratio_max: usize,
    /// Findings kept for one exchange; more are counted but not listed.
    pub findings_max: usize,
    /// Text that a stream may hold back in one lane.
    pub hold_bytes_max: usize,
    /// Lanes of one streamed answer: choices times parts.
    pub lanes_max: usize,
    /// Headers of one request, as hyper counts them.
    pub headers_max: usize,
    /// Bytes of all headers of one request.
    pub header_bytes_max: usize,
    /// Connections served at once by one listener.
    pub connections_max: usize,
    /// Time for a client to send the head of its first request, counted from its connection.
    pub header_read_timeout: Duration,
    /// Time a client may keep a connection between two requests, the head of the second included. Longer than
    /// the minute after which most clients drop an idle connection themselves.
    pub keep_alive_timeout: Duration,
    /// Time for a client to send its body: 32 MiB at a slow 1 MiB/s and some patience.
    pub body_read_timeout: Duration,
    /// Time a client may refuse to take bytes before it is cut off.
    pub write_stall_timeout: Duration,
    /// An audit entry. The tlog-tiles format holds 65,535.
    pub audit_entry_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            body_bytes_max: 32 * MIB,
            answer_bytes_max: 64 * MIB,
            frame_bytes_max: 8 * MIB,
            json_depth_max: 128,
            segments_max: 200_000,
            segment_bytes_max: 32 * MIB,
            decode_depth_max: 3,
            decode_ratio_max: 4,
            findings_max: 1_000,
            hold_bytes_max: 64 << 10,
            lanes_max: 1_024,
            headers_max: 100,
            header_bytes_max: 64 << 10,
            connections_max: 10_000,
            header_read_timeout: Duration::from_secs(10),
            keep_alive_timeout: Duration::from_secs(75),
            body_read_timeout: Duration::from_secs(60),
            write_stall_timeout: Duration::from_secs(60),
            audit_entry_bytes_max: 65_535,
        }
    }
}
