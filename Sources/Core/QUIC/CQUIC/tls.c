#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { maximum_chain = 16 };

/* TLS 1.3 only. QUIC forbids the middlebox compatibility mode (RFC 9001 §8.4). */
static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:%DISABLE_TLS13_COMPAT_MODE";

/* MARK: Credentials */

cq_credentials *cq_credentials_new(const char *certificate, const char *private_key, int *error) {
    cq_credentials *credentials = calloc(1, sizeof *credentials);
    *error = GNUTLS_E_MEMORY_ERROR;
    if (!credentials) return NULL;
    *error = gnutls_certificate_allocate_credentials(&credentials->certificate);
    if (!*error && certificate && private_key) {
        const gnutls_datum_t chain = {(unsigned char *)certificate, (unsigned)strlen(certificate)};
        const gnutls_datum_t key = {(unsigned char *)private_key, (unsigned)strlen(private_key)};
        const int index =
            gnutls_certificate_set_x509_key_mem(credentials->certificate, &chain, &key, GNUTLS_X509_FMT_PEM);
        *error = index < 0 ? index : 0;
    }
    if (!*error) return credentials;
    cq_credentials_free(credentials);
    return NULL;
}

void cq_credentials_free(cq_credentials *credentials) {
    if (!credentials) return;
    if (credentials->certificate) gnutls_certificate_free_credentials(credentials->certificate);
    free(credentials);
}

/* MARK: Session */

static ngtcp2_conn *connection_of_reference(ngtcp2_crypto_conn_ref *reference) {
    return ((cq_connection *)reference->user_data)->quic;
}

static int verify(gnutls_session_t session) {
    const ngtcp2_crypto_conn_ref *reference = gnutls_session_get_ptr(session);
    const cq_connection *connection = reference->user_data;
    unsigned count = 0;
    cq_slice chain[maximum_chain];
    const gnutls_datum_t *certificates = gnutls_certificate_get_peers(session, &count);
    if (!certificates) count = 0;
    if (count > maximum_chain) return GNUTLS_E_CERTIFICATE_ERROR;
    for (unsigned index = 0; index < count; index++)
        chain[index] = (cq_slice){certificates[index].data, certificates[index].size};
    return connection->callbacks.verify(connection->context, chain, count) ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

/* MARK: Server names
 *
 * Receptor's dialers send their node ID as the server name, and a node ID may hold characters that no DNS name may:
 * GnuTLS refuses such a handshake, for example from `exec_node`. Nothing here looks at the name, so it is changed into
 * one that GnuTLS accepts. That has to happen after the message went into the transcript of the handshake, which both
 * sides sign, and before the name is read: a hook learns where the message is, and an extension that GnuTLS does not
 * know otherwise, that Go always sends and that is read before the name, tells when. */

enum { signed_certificate_timestamp = 18, client_hello_fixed = 2 + 32 };

typedef struct {
    uint8_t *next;
    size_t left;
} span;

/* Takes a vector whose length is in the first `digits` bytes; empty when it does not fit. */
static span take_vector(span *from, size_t digits) {
    span vector = {0};
    size_t count = 0;
    if (from->left < digits) return vector;
    for (size_t index = 0; index < digits; index++) count = count << 8 | from->next[index];
    if (from->left - digits < count) return vector;
    vector = (span){from->next + digits, count};
    from->next += digits + count;
    from->left -= digits + count;
    return vector;
}

static bool is_dns_character(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-'
        || byte == '.';
}

static void clean_names(span list) {
    span names = take_vector(&list, 2);
    while (names.left > 3) {
        names.next++, names.left--; /* the type of the name */
        const span name = take_vector(&names, 2);
        if (name.left == 0) return;
        for (size_t index = 0; index < name.left; index++)
            if (!is_dns_character(name.next[index])) name.next[index] = '-';
    }
}

void cq_clean_server_name(uint8_t *client_hello, size_t count) {
    if (count < client_hello_fixed) return;
    span rest = {client_hello + client_hello_fixed, count - client_hello_fixed};
    (void)take_vector(&rest, 1); /* session ID */
    (void)take_vector(&rest, 2); /* cipher suites */
    (void)take_vector(&rest, 1); /* compression methods */
    span extensions = take_vector(&rest, 2);
    while (extensions.left >= 4) {
        const unsigned type = (unsigned)extensions.next[0] << 8 | extensions.next[1];
        extensions.next += 2, extensions.left -= 2;
        const size_t before = extensions.left;
        const span extension = take_vector(&extensions, 2);
        if (extensions.left == before) return;
        if (type == 0) clean_names(extension);
    }
}

static int note_client_hello(
    gnutls_session_t session, unsigned type, unsigned when, unsigned incoming, const gnutls_datum_t *message) {
    (void)type, (void)when;
    const ngtcp2_crypto_conn_ref *reference = gnutls_session_get_ptr(session);
    cq_connection *connection = reference->user_data;
    if (!incoming) return 0;
    connection->client_hello = message->data;
    connection->client_hello_count = message->size;
    return 0;
}

static int receive_timestamp_request(gnutls_session_t session, const unsigned char *data, size_t count) {
    const ngtcp2_crypto_conn_ref *reference = gnutls_session_get_ptr(session);
    cq_connection *connection = reference->user_data;
    uint8_t *hello = connection->client_hello;
    const size_t hello_count = connection->client_hello_count;
    connection->client_hello = NULL;
    /* Only when the extension lies within it, is the message that the hook saw the one that is being read. */
    if (hello && data >= hello && data + count <= hello + hello_count) cq_clean_server_name(hello, hello_count);
    return 0;
}

static int accept_any_server_name(gnutls_session_t session) {
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_CLIENT_HELLO, GNUTLS_HOOK_PRE, note_client_hello);
    return gnutls_session_ext_register(
        session, "signed certificate timestamp", signed_certificate_timestamp, GNUTLS_EXT_VERSION_NEG,
        receive_timestamp_request, NULL, NULL, NULL, NULL, GNUTLS_EXT_FLAG_TLS | GNUTLS_EXT_FLAG_CLIENT_HELLO);
}

/* Leaves the name out when another node of ours would refuse it, which is none the worse for it. */
static void send_server_name(gnutls_session_t session, const char *name) {
    const size_t count = strlen(name);
    for (size_t index = 0; index < count; index++)
        if (!is_dns_character((uint8_t)name[index])) return;
    (void)gnutls_server_name_set(session, GNUTLS_NAME_DNS, name, count);
}

/* MARK: Starting */

static gnutls_certificate_request_t request(cq_client_certificate client_certificate) {
    switch (client_certificate) {
    case CQ_CLIENT_CERTIFICATE_REQUIRED: return GNUTLS_CERT_REQUIRE;
    case CQ_CLIENT_CERTIFICATE_REQUESTED: return GNUTLS_CERT_REQUEST;
    default: return GNUTLS_CERT_IGNORE;
    }
}

int cq_tls_start(
    cq_connection *connection, const cq_credentials *credentials, const char *application_protocol,
    const char *server_name, cq_client_certificate client_certificate) {
    const unsigned flags = GNUTLS_NO_END_OF_EARLY_DATA | GNUTLS_NO_AUTO_SEND_TICKET | GNUTLS_NO_TICKETS
        | (connection->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT);
    const gnutls_datum_t protocol = {
        (unsigned char *)application_protocol, (unsigned)strlen(application_protocol)};

    int error = gnutls_init(&connection->tls, flags);
    if (error) {
        connection->tls = NULL;
        return error;
    }
    connection->reference = (ngtcp2_crypto_conn_ref){.get_conn = connection_of_reference, .user_data = connection};
    gnutls_session_set_ptr(connection->tls, &connection->reference);
    gnutls_session_set_verify_function(connection->tls, verify);
    error = gnutls_priority_set_direct(connection->tls, priorities, NULL);
    if (!error)
        error = connection->is_server ? ngtcp2_crypto_gnutls_configure_server_session(connection->tls)
                                      : ngtcp2_crypto_gnutls_configure_client_session(connection->tls);
    if (!error) error = gnutls_credentials_set(connection->tls, GNUTLS_CRD_CERTIFICATE, credentials->certificate);
    if (!error) error = gnutls_alpn_set_protocols(connection->tls, &protocol, 1, GNUTLS_ALPN_MANDATORY);
    if (!error && connection->is_server) error = accept_any_server_name(connection->tls);
    if (error) return error;

    if (server_name) send_server_name(connection->tls, server_name);
    if (connection->is_server) gnutls_certificate_server_set_request(connection->tls, request(client_certificate));
    ngtcp2_conn_set_tls_native_handle(connection->quic, connection->tls);
    return 0;
}
