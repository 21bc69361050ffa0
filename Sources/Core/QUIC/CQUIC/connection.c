#include "internal.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

static void identify(cq_connection_id *id, const ngtcp2_cid *cid) {
    cq_connection_id_set(id, cid->data, cid->datalen);
}

/* MARK: What ngtcp2 calls */

static void random_bytes(uint8_t *bytes, size_t count, const ngtcp2_rand_ctx *context) {
    (void)context;
    /* For padding and packet numbers, where nothing depends on it. */
    (void)gnutls_rnd(GNUTLS_RND_NONCE, bytes, count);
}

static int new_connection_id(ngtcp2_conn *quic, ngtcp2_cid *cid, uint8_t *token, size_t count, void *user_data) {
    (void)quic;
    const cq_connection *connection = user_data;
    cq_connection_id id;
    if (gnutls_rnd(GNUTLS_RND_RANDOM, cid->data, count)) return NGTCP2_ERR_CALLBACK_FAILURE;
    if (gnutls_rnd(GNUTLS_RND_RANDOM, token, NGTCP2_STATELESS_RESET_TOKENLEN)) return NGTCP2_ERR_CALLBACK_FAILURE;
    cid->datalen = count;
    identify(&id, cid);
    connection->callbacks.connection_id_added(connection->context, &id);
    return 0;
}

static int remove_connection_id(ngtcp2_conn *quic, const ngtcp2_cid *cid, void *user_data) {
    (void)quic;
    const cq_connection *connection = user_data;
    cq_connection_id id;
    identify(&id, cid);
    connection->callbacks.connection_id_removed(connection->context, &id);
    return 0;
}

static int stream_data(
    ngtcp2_conn *quic, uint32_t flags, int64_t stream, uint64_t offset, const uint8_t *bytes, size_t count,
    void *user_data, void *stream_data) {
    (void)quic, (void)offset, (void)stream_data;
    const cq_connection *connection = user_data;
    connection->callbacks.stream_data(
        connection->context, stream, bytes, count, (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);
    return 0;
}

static int stream_acknowledged(
    ngtcp2_conn *quic, int64_t stream, uint64_t offset, uint64_t count, void *user_data, void *stream_data) {
    (void)quic, (void)stream_data;
    const cq_connection *connection = user_data;
    connection->callbacks.stream_acknowledged(connection->context, stream, offset + count);
    return 0;
}

static int stream_opened(ngtcp2_conn *quic, int64_t stream, void *user_data) {
    (void)quic;
    const cq_connection *connection = user_data;
    connection->callbacks.stream_opened(connection->context, stream);
    return 0;
}

static int stream_closed(
    ngtcp2_conn *quic, uint32_t flags, int64_t stream, uint64_t code, void *user_data, void *stream_data) {
    (void)quic, (void)flags, (void)code, (void)stream_data;
    const cq_connection *connection = user_data;
    connection->callbacks.stream_closed(connection->context, stream);
    return 0;
}

static int stream_reset(
    ngtcp2_conn *quic, int64_t stream, uint64_t final_size, uint64_t code, void *user_data, void *stream_data) {
    (void)quic, (void)final_size, (void)stream_data;
    const cq_connection *connection = user_data;
    connection->callbacks.stream_reset(connection->context, stream, code);
    return 0;
}

static int stream_credit(ngtcp2_conn *quic, int64_t stream, uint64_t limit, void *user_data, void *stream_data) {
    (void)quic, (void)limit, (void)stream_data;
    const cq_connection *connection = user_data;
    connection->callbacks.stream_credit(connection->context, stream);
    return 0;
}

static int streams_available(ngtcp2_conn *quic, uint64_t limit, void *user_data) {
    (void)quic, (void)limit;
    const cq_connection *connection = user_data;
    connection->callbacks.streams_available(connection->context);
    return 0;
}

static int handshake_completed(ngtcp2_conn *quic, void *user_data) {
    (void)quic;
    const cq_connection *connection = user_data;
    connection->callbacks.handshake_completed(connection->context);
    /* For a server the one is the other (RFC 9001 §4.1.2). */
    if (connection->is_server) connection->callbacks.handshake_confirmed(connection->context);
    return 0;
}

static int handshake_confirmed(ngtcp2_conn *quic, void *user_data) {
    (void)quic;
    const cq_connection *connection = user_data;
    connection->callbacks.handshake_confirmed(connection->context);
    return 0;
}

static int stateless_reset(ngtcp2_conn *quic, const ngtcp2_pkt_stateless_reset *packet, void *user_data) {
    (void)quic, (void)packet;
    ((cq_connection *)user_data)->was_stateless_reset = true;
    return 0;
}

static const ngtcp2_callbacks quic_callbacks = {
    .client_initial = ngtcp2_crypto_client_initial_cb,
    .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
    .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
    .recv_retry = ngtcp2_crypto_recv_retry_cb,
    .encrypt = ngtcp2_crypto_encrypt_cb,
    .decrypt = ngtcp2_crypto_decrypt_cb,
    .hp_mask = ngtcp2_crypto_hp_mask_cb,
    .update_key = ngtcp2_crypto_update_key_cb,
    .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
    .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
    .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
    .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
    .rand = random_bytes,
    .get_new_connection_id = new_connection_id,
    .remove_connection_id = remove_connection_id,
    .handshake_completed = handshake_completed,
    .handshake_confirmed = handshake_confirmed,
    .recv_stateless_reset = stateless_reset,
    .recv_stream_data = stream_data,
    .acked_stream_data_offset = stream_acknowledged,
    .stream_open = stream_opened,
    .stream_close = stream_closed,
    .stream_reset = stream_reset,
    .extend_max_stream_data = stream_credit,
    .extend_max_local_streams_bidi = streams_available,
};

/* MARK: Making and freeing */

static cq_connection *new_connection(const cq_callbacks *callbacks, bool is_server) {
    cq_connection *connection = calloc(1, sizeof *connection);
    if (!connection) return NULL;
    connection->callbacks = *callbacks;
    connection->is_server = is_server;
    connection->local = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(1)};
    connection->remote = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(2)};
    connection->path.local.addr = (ngtcp2_sockaddr *)&connection->local;
    connection->path.local.addrlen = sizeof connection->local;
    connection->path.remote.addr = (ngtcp2_sockaddr *)&connection->remote;
    connection->path.remote.addrlen = sizeof connection->remote;
    cq_close_error_init(&connection->error);
    return connection;
}

static void convert_settings(
    const cq_settings *settings, uint64_t now, ngtcp2_settings *quic, ngtcp2_transport_params *parameters) {
    ngtcp2_settings_default(quic);
    quic->initial_ts = now;
    /* As the QUIC library of Receptor: what is lost at the beginning is sent again after 0.3 s, not 1 s. */
    quic->initial_rtt = 100 * NGTCP2_MILLISECONDS;
    quic->max_tx_udp_payload_size = settings->maximum_datagram;
    /* The mesh has no path MTU to discover: what the peer says that it takes, arrives. */
    quic->no_tx_udp_payload_size_shaping = 1;
    quic->no_pmtud = 1;
    quic->handshake_timeout = settings->handshake_timeout;
    quic->max_window = settings->maximum_connection_window;
    quic->max_stream_window = settings->maximum_stream_window;

    ngtcp2_transport_params_default(parameters);
    parameters->initial_max_data = settings->connection_window;
    parameters->initial_max_stream_data_bidi_local = settings->stream_window;
    parameters->initial_max_stream_data_bidi_remote = settings->stream_window;
    parameters->initial_max_streams_bidi = settings->maximum_streams;
    parameters->max_idle_timeout = settings->idle_timeout;
    parameters->max_udp_payload_size = settings->maximum_datagram;
    parameters->disable_active_migration = 1;
}

static bool random_connection_id(ngtcp2_cid *cid) {
    cid->datalen = CQ_CONNECTION_ID_LENGTH;
    return gnutls_rnd(GNUTLS_RND_RANDOM, cid->data, cid->datalen) == 0;
}

cq_connection *cq_client_new(
    const cq_callbacks *callbacks, const cq_settings *settings, const cq_credentials *credentials,
    const char *server_name, uint64_t now) {
    ngtcp2_settings quic;
    ngtcp2_transport_params parameters;
    ngtcp2_cid destination, source;
    cq_connection *connection = new_connection(callbacks, false);
    if (!connection) return NULL;
    convert_settings(settings, now, &quic, &parameters);
    if (!random_connection_id(&destination) || !random_connection_id(&source)
        || ngtcp2_conn_client_new(
            &connection->quic, &destination, &source, &connection->path, NGTCP2_PROTO_VER_V1, &quic_callbacks, &quic,
            &parameters, NULL, connection)
        || cq_tls_start(
            connection, credentials, settings->application_protocol, server_name, CQ_CLIENT_CERTIFICATE_IGNORED)) {
        cq_connection_free(connection);
        return NULL;
    }
    identify(&connection->source, &source);
    ngtcp2_conn_set_keep_alive_timeout(connection->quic, settings->keep_alive);
    return connection;
}

cq_connection *cq_server_new(
    const cq_callbacks *callbacks, const cq_settings *settings, const cq_credentials *credentials,
    const cq_initial *initial, cq_client_certificate client_certificate, uint64_t now) {
    ngtcp2_settings quic;
    ngtcp2_transport_params parameters;
    ngtcp2_cid destination, source;
    cq_connection *connection = new_connection(callbacks, true);
    if (!connection) return NULL;
    convert_settings(settings, now, &quic, &parameters);
    ngtcp2_cid_init(&destination, initial->source.bytes, initial->source.count);
    ngtcp2_cid_init(&parameters.original_dcid, initial->destination.bytes, initial->destination.count);
#if CQ_NGTCP2_1
    parameters.original_dcid_present = 1;
#endif
    if (!random_connection_id(&source)
        || ngtcp2_conn_server_new(
            &connection->quic, &destination, &source, &connection->path, initial->version, &quic_callbacks, &quic,
            &parameters, NULL, connection)
        || cq_tls_start(connection, credentials, settings->application_protocol, NULL, client_certificate)) {
        cq_connection_free(connection);
        return NULL;
    }
    identify(&connection->source, &source);
    ngtcp2_conn_set_keep_alive_timeout(connection->quic, settings->keep_alive);
    return connection;
}

void cq_connection_free(cq_connection *connection) {
    if (!connection) return;
    if (connection->quic) ngtcp2_conn_del(connection->quic);
    if (connection->tls) gnutls_deinit(connection->tls);
    free(connection);
}

void cq_set_context(cq_connection *connection, void *context) { connection->context = context; }

void cq_source_connection_id(const cq_connection *connection, cq_connection_id *id) { *id = connection->source; }

/* MARK: Reading, writing, time */

static cq_status status(cq_connection *connection, int error) {
    switch (error) {
    case 0: return CQ_OK;
    case NGTCP2_ERR_DRAINING:
    case NGTCP2_ERR_CLOSING: return CQ_CLOSED_BY_PEER;
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY: return CQ_DROPPED;
    case NGTCP2_ERR_IDLE_CLOSE: return CQ_IDLE_TIMEOUT;
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT: return CQ_HANDSHAKE_TIMEOUT;
    case NGTCP2_ERR_CRYPTO:
        cq_close_error_set_alert(&connection->error, ngtcp2_conn_get_tls_alert(connection->quic));
        break;
    default: cq_close_error_set_library(&connection->error, error);
    }
    connection->library_error = error;
    return CQ_FAILED;
}

cq_status cq_read(cq_connection *connection, const uint8_t *datagram, size_t count, uint64_t now) {
    const ngtcp2_pkt_info information = {0};
    return status(
        connection, ngtcp2_conn_read_pkt(connection->quic, &connection->path, &information, datagram, count, now));
}

ssize_t cq_write(
    cq_connection *connection, uint8_t *datagram, size_t capacity, int64_t stream, const cq_slice *slices,
    size_t slice_count, bool is_last, ssize_t *taken, uint64_t now) {
    ngtcp2_pkt_info information;
    ngtcp2_vec vectors[CQ_MAXIMUM_SLICES];
    ngtcp2_ssize stream_bytes = -1;
    if (slice_count > CQ_MAXIMUM_SLICES) {
        slice_count = CQ_MAXIMUM_SLICES;
        is_last = false;
    }
    for (size_t index = 0; index < slice_count; index++)
        vectors[index] = (ngtcp2_vec){(uint8_t *)slices[index].bytes, slices[index].count};
    const ngtcp2_ssize count = ngtcp2_conn_writev_stream(
        connection->quic, NULL, &information, datagram, capacity, &stream_bytes,
        is_last ? NGTCP2_WRITE_STREAM_FLAG_FIN : NGTCP2_WRITE_STREAM_FLAG_NONE, stream, vectors, slice_count, now);
    *taken = stream_bytes;
    if (count >= 0) return count;
    switch (count) {
    case NGTCP2_ERR_STREAM_DATA_BLOCKED: return CQ_STREAM_BLOCKED;
    case NGTCP2_ERR_STREAM_SHUT_WR:
    case NGTCP2_ERR_STREAM_NOT_FOUND: return CQ_STREAM_GONE;
    default: return status(connection, (int)count);
    }
}

void cq_end_burst(cq_connection *connection, uint64_t now) { ngtcp2_conn_update_pkt_tx_time(connection->quic, now); }

uint64_t cq_deadline(cq_connection *connection) { return ngtcp2_conn_get_expiry(connection->quic); }

cq_status cq_handle_timeout(cq_connection *connection, uint64_t now) {
    return status(connection, ngtcp2_conn_handle_expiry(connection->quic, now));
}

uint64_t cq_probe_timeout(cq_connection *connection) { return ngtcp2_conn_get_pto(connection->quic); }

/* MARK: Streams */

int64_t cq_open_stream(cq_connection *connection) {
    int64_t stream = -1;
    return ngtcp2_conn_open_bidi_stream(connection->quic, &stream, NULL) ? -1 : stream;
}

bool cq_is_stopped(cq_connection *connection, int64_t stream) {
    /* ngtcp2 answers STOP_SENDING itself and tells nobody. A write with a length that no stream can have finds out
     * whether the stream can be written to, before it is refused for its length. */
    uint8_t datagram[1];
    ngtcp2_pkt_info information;
    const ngtcp2_vec impossible = {datagram, SIZE_MAX};
    const ngtcp2_ssize error = ngtcp2_conn_writev_stream(
        connection->quic, NULL, &information, datagram, sizeof datagram, NULL, NGTCP2_WRITE_STREAM_FLAG_NONE, stream,
        &impossible, 1, 0);
    return error == NGTCP2_ERR_STREAM_SHUT_WR || error == NGTCP2_ERR_STREAM_NOT_FOUND;
}

void cq_extend_stream_credit(cq_connection *connection, int64_t stream, uint64_t count) {
    (void)ngtcp2_conn_extend_max_stream_offset(connection->quic, stream, count);
}

void cq_extend_connection_credit(cq_connection *connection, uint64_t count) {
    ngtcp2_conn_extend_max_offset(connection->quic, count);
}

void cq_extend_streams(cq_connection *connection) { ngtcp2_conn_extend_max_streams_bidi(connection->quic, 1); }

bool cq_is_local_stream(cq_connection *connection, int64_t stream) {
    return ngtcp2_conn_is_local_stream(connection->quic, stream) != 0;
}

uint64_t cq_connection_credit(cq_connection *connection) { return ngtcp2_conn_get_max_data_left(connection->quic); }

void cq_stop_sending(cq_connection *connection, int64_t stream, uint64_t code) {
#if CQ_NGTCP2_1
    (void)ngtcp2_conn_shutdown_stream_read(connection->quic, 0, stream, code);
#else
    (void)ngtcp2_conn_shutdown_stream_read(connection->quic, stream, code);
#endif
}

void cq_reset_stream(cq_connection *connection, int64_t stream, uint64_t code) {
#if CQ_NGTCP2_1
    (void)ngtcp2_conn_shutdown_stream_write(connection->quic, 0, stream, code);
#else
    (void)ngtcp2_conn_shutdown_stream_write(connection->quic, stream, code);
#endif
}

/* MARK: The end */

void cq_set_application_close(cq_connection *connection, uint64_t code, const char *reason, size_t count) {
    if (count > sizeof connection->reason) count = sizeof connection->reason;
    memcpy(connection->reason, reason, count);
    /* Before the handshake is completed, the application's code must not be sent (RFC 9000 §10.2.3). */
    if (ngtcp2_conn_get_handshake_completed(connection->quic))
        cq_close_error_set_application(&connection->error, code, connection->reason, count);
    else
        cq_close_error_set_transport(&connection->error, NGTCP2_APPLICATION_ERROR, NULL, 0);
}

ssize_t cq_write_close(cq_connection *connection, uint8_t *datagram, size_t capacity, uint64_t now) {
    ngtcp2_pkt_info information;
    const ngtcp2_ssize count = ngtcp2_conn_write_connection_close(
        connection->quic, NULL, &information, datagram, capacity, &connection->error, now);
    return count > 0 ? count : 0;
}

static void describe(const cq_close_error *error, cq_closure *closure) {
    size_t count = error->reasonlen;
    if (count > sizeof closure->reason - 1) count = sizeof closure->reason - 1;
    if (count > 0) memcpy(closure->reason, error->reason, count);
    closure->reason[count] = 0;
    closure->is_application = error->type == CQ_CLOSE_APPLICATION;
    closure->code = error->error_code;
}

void cq_failure(const cq_connection *connection, cq_closure *closure) {
    *closure = (cq_closure){0};
    describe(&connection->error, closure);
    const char *text = ngtcp2_strerror(connection->library_error);
    strncpy(closure->reason, text, sizeof closure->reason - 1);
}

void cq_peer_closure(const cq_connection *connection, cq_closure *closure) {
    *closure = (cq_closure){.is_stateless_reset = connection->was_stateless_reset};
#if CQ_NGTCP2_1
    describe(ngtcp2_conn_get_ccerr(connection->quic), closure);
#else
    cq_close_error error;
    ngtcp2_conn_get_connection_close_error(connection->quic, &error);
    describe(&error, closure);
#endif
}
