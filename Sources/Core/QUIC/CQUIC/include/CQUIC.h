#pragma once
/* QUIC v1 connections without IO: ngtcp2 for the protocol, GnuTLS for TLS 1.3. What depends on the version of ngtcp2,
 * and what Swift cannot import (macros with arguments, versioned structures), stays behind this header.
 *
 * Times are nanoseconds of one monotonic clock of the caller's. Nothing here is safe to use from two threads at a
 * time, except credentials, which do not change once they are made. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CQ_CONNECTION_ID_LENGTH = 16, /* of the connection IDs that this side chooses */
    CQ_MAXIMUM_CONNECTION_ID_LENGTH = 20,
    CQ_MAXIMUM_REASON = 256,
    CQ_MAXIMUM_SLICES = 8
};

typedef struct {
    const uint8_t *bytes;
    size_t count;
} cq_slice;

typedef struct {
    uint8_t bytes[CQ_MAXIMUM_CONNECTION_ID_LENGTH];
    size_t count;
} cq_connection_id;

/* MARK: Certificates */

/* Bytes that the receiver frees, with a NUL after them. */
typedef struct {
    char *bytes;
    size_t count;
} cq_text;

/* Wipes and frees. */
void cq_text_free(cq_text *text);

/* Makes an ECDSA P-256 key and a certificate over it that names only the common name, both as PEM. The certificate is
 * valid from `backdated` seconds ago for `validity` seconds from now. 0 or an error of GnuTLS. */
int cq_self_signed(
    const char *common_name, int64_t backdated, int64_t validity, cq_text *certificate, cq_text *private_key);

/* The first common name of a certificate's subject: its length, or -1 when there is none or it does not fit. */
ssize_t cq_common_name(cq_slice certificate, char *name, size_t capacity);

/* Whether a PEM text holds at least one certificate and nothing that cannot be read: 0 or an error of GnuTLS. */
int cq_check_authorities(const char *authorities);

/* Verifies a chain, leaf first, against authorities in PEM for TLS client or server authentication, at the present
 * wall-clock time. On failure writes a reason. */
bool cq_verify_chain(
    const cq_slice *chain, size_t count, const char *authorities, bool peer_is_client, char *reason, size_t capacity);

/* The UTF8String of the `index`-th otherName with that OID in the subjectAltName: its length; -1 when there are no
 * more; -2 when that one is no UTF8String or does not fit. */
ssize_t cq_other_name(cq_slice certificate, const char *oid, size_t index, char *name, size_t capacity);

/* Whether the hash of a certificate's DER is `fingerprint`: SHA-256 for 32 bytes, SHA-512 for 64. */
bool cq_has_fingerprint(cq_slice certificate, cq_slice fingerprint);

/* What GnuTLS says of one of its errors, and of a TLS alert. */
const char *cq_tls_error_text(int error);
const char *cq_alert_text(uint8_t alert);

/* Replaces what no DNS name may hold in the server name of a ClientHello, without its header (RFC 8446 §4.1.2). */
void cq_clean_server_name(uint8_t *client_hello, size_t count);

/* MARK: Credentials */

typedef struct cq_credentials cq_credentials;

/* Without a certificate (both NULL) for a client that shows none. NULL and an error of GnuTLS on failure. */
cq_credentials *cq_credentials_new(const char *certificate, const char *private_key, int *error);
void cq_credentials_free(cq_credentials *credentials);

/* MARK: Connections */

typedef struct cq_connection cq_connection;

/* What a connection tells while it reads, writes or handles its timer. None of these may use the connection. */
typedef struct {
    void (*stream_opened)(void *context, int64_t stream);
    void (*stream_data)(void *context, int64_t stream, const uint8_t *bytes, size_t count, bool is_last);
    /* All bytes before the offset have arrived at the peer and need not be kept any longer. */
    void (*stream_acknowledged)(void *context, int64_t stream, uint64_t offset);
    /* The peer allows more bytes on the stream. */
    void (*stream_credit)(void *context, int64_t stream);
    /* The peer gave up sending on the stream. */
    void (*stream_reset)(void *context, int64_t stream, uint64_t code);
    /* Both directions are done; the connection knows nothing of the stream any more. */
    void (*stream_closed)(void *context, int64_t stream);
    /* More streams may be opened. */
    void (*streams_available)(void *context);
    void (*handshake_completed)(void *context);
    /* No packet of the handshake will be sent any more. */
    void (*handshake_confirmed)(void *context);
    void (*connection_id_added)(void *context, const cq_connection_id *id);
    void (*connection_id_removed)(void *context, const cq_connection_id *id);
    /* Whether the peer's certificates, leaf first, are accepted. */
    bool (*verify)(void *context, const cq_slice *chain, size_t count);
} cq_callbacks;

typedef struct {
    const char *application_protocol;
    size_t maximum_datagram; /* to send and to receive */
    uint64_t idle_timeout;
    uint64_t handshake_timeout;
    uint64_t keep_alive; /* 0: off */
    uint64_t stream_window, maximum_stream_window;
    uint64_t connection_window, maximum_connection_window;
    uint64_t maximum_streams; /* that the peer may have open */
} cq_settings;

/* What a client's first packet says. */
typedef struct {
    uint32_t version;
    cq_connection_id destination, source;
} cq_initial;

typedef enum {
    CQ_CLIENT_CERTIFICATE_IGNORED,
    CQ_CLIENT_CERTIFICATE_REQUESTED,
    CQ_CLIENT_CERTIFICATE_REQUIRED
} cq_client_certificate;

typedef enum {
    CQ_OK = 0,
    CQ_STREAM_BLOCKED = -1,    /* by the peer's flow control of the stream */
    CQ_STREAM_GONE = -2,       /* the stream cannot be written to any more */
    CQ_CLOSED_BY_PEER = -3,    /* see cq_peer_closure */
    CQ_DROPPED = -4,           /* the first packets were not a QUIC handshake: forget the connection, say nothing */
    CQ_IDLE_TIMEOUT = -5,
    CQ_HANDSHAKE_TIMEOUT = -6,
    CQ_FAILED = -7             /* see cq_failure; a closing packet is to be sent */
} cq_status;

/* How a connection ended or is to end. */
typedef struct {
    bool is_application; /* the code is the application's, else QUIC's (RFC 9000 §20.1) */
    bool is_stateless_reset;
    uint64_t code;
    char reason[CQ_MAXIMUM_REASON]; /* with a NUL */
} cq_closure;

/* Make a connection; NULL when there is no memory or GnuTLS refuses the settings. The credentials must outlive it.
 * `server_name` may be NULL. Before anything else is called, set the context. */
cq_connection *cq_client_new(
    const cq_callbacks *callbacks, const cq_settings *settings, const cq_credentials *credentials,
    const char *server_name, uint64_t now);
cq_connection *cq_server_new(
    const cq_callbacks *callbacks, const cq_settings *settings, const cq_credentials *credentials,
    const cq_initial *initial, cq_client_certificate client_certificate, uint64_t now);
void cq_connection_free(cq_connection *connection);

/* What the callbacks get. */
void cq_set_context(cq_connection *connection, void *context);
/* The connection ID that the peer addresses from the handshake on. */
void cq_source_connection_id(const cq_connection *connection, cq_connection_id *id);

cq_status cq_read(cq_connection *connection, const uint8_t *datagram, size_t count, uint64_t now);

/* Writes at most one datagram: its length; 0 when nothing can be sent now; a negative cq_status. With a `stream` (-1:
 * none) it may carry the first of the bytes in `slices` (at most CQ_MAXIMUM_SLICES), and the end of the stream behind
 * them when `is_last`; `taken` is their count, or -1 when there is nothing of the stream in the datagram, not even its
 * end. Bytes that were taken must stay where they are until they are acknowledged or the stream is closed. */
ssize_t cq_write(
    cq_connection *connection, uint8_t *datagram, size_t capacity, int64_t stream, const cq_slice *slices,
    size_t slice_count, bool is_last, ssize_t *taken, uint64_t now);

/* Spaces the datagrams written since the last call. Not before the handshake is completed: without a measured round
 * trip ngtcp2 would pace on 333 ms. */
void cq_end_burst(cq_connection *connection, uint64_t now);

/* When to call cq_handle_timeout; UINT64_MAX: never. */
uint64_t cq_deadline(cq_connection *connection);
cq_status cq_handle_timeout(cq_connection *connection, uint64_t now);
/* The probe time-out (RFC 9002 §6.2.1). */
uint64_t cq_probe_timeout(cq_connection *connection);

/* The stream's ID; -1 when the peer does not allow one more now. */
int64_t cq_open_stream(cq_connection *connection);
/* Whether the peer has asked to stop sending on the stream, or it is closed. */
bool cq_is_stopped(cq_connection *connection, int64_t stream);
/* Allow the peer that many more bytes: on the stream, and on the connection. */
void cq_extend_stream_credit(cq_connection *connection, int64_t stream, uint64_t count);
void cq_extend_connection_credit(cq_connection *connection, uint64_t count);
/* Allow the peer one more stream. */
void cq_extend_streams(cq_connection *connection);
bool cq_is_local_stream(cq_connection *connection, int64_t stream);
/* How many bytes the peer's flow control of the connection allows now. */
uint64_t cq_connection_credit(cq_connection *connection);
void cq_stop_sending(cq_connection *connection, int64_t stream, uint64_t code);
void cq_reset_stream(cq_connection *connection, int64_t stream, uint64_t code);

/* Sets what cq_write_close says. */
void cq_set_application_close(cq_connection *connection, uint64_t code, const char *reason, size_t count);
/* Writes the closing datagram: its length, or 0 when none can be sent. Nothing can be read or written after it. */
ssize_t cq_write_close(cq_connection *connection, uint8_t *datagram, size_t capacity, uint64_t now);
/* Why the connection failed, after CQ_FAILED. */
void cq_failure(const cq_connection *connection, cq_closure *closure);
/* What the peer said, after CQ_CLOSED_BY_PEER. */
void cq_peer_closure(const cq_connection *connection, cq_closure *closure);

/* MARK: Packets */

typedef enum {
    CQ_PACKET_INVALID,            /* not a QUIC packet that anyone could be addressed by */
    CQ_PACKET_ADDRESSED,          /* has a destination connection ID */
    CQ_PACKET_UNKNOWN_VERSION     /* the same, in a version of QUIC that is not spoken here */
} cq_packet;

/* Looks at the first packet of a datagram. `source` is empty for packets with a short header. */
cq_packet cq_inspect(
    const uint8_t *datagram, size_t count, cq_connection_id *destination, cq_connection_id *source);
/* Whether a datagram may begin a connection. */
bool cq_accept(const uint8_t *datagram, size_t count, cq_initial *initial);
/* Writes the answer to a packet of an unknown version: its length, or 0. */
size_t cq_write_version_negotiation(
    uint8_t *datagram, size_t capacity, const cq_connection_id *destination, const cq_connection_id *source);

/* QUIC's error of a server that does not take a connection (RFC 9000 §20.1). */
#define CQ_CONNECTION_REFUSED 2

/* Writes the answer to the beginning of a connection that is not taken; returns its length, or zero. */
size_t cq_write_refusal(uint8_t *datagram, size_t capacity, const cq_initial *initial, const char *reason);
