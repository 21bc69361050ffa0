#pragma once
#include "CQUIC.h"

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

/* ngtcp2 1.0 renamed the errors that close a connection. */
#if NGTCP2_VERSION_NUM >= 0x010000
#define CQ_NGTCP2_1 1
typedef ngtcp2_ccerr cq_close_error;
#define CQ_CLOSE_APPLICATION NGTCP2_CCERR_TYPE_APPLICATION
#define cq_close_error_init ngtcp2_ccerr_default
#define cq_close_error_set_library(error, code) ngtcp2_ccerr_set_liberr(error, code, NULL, 0)
#define cq_close_error_set_alert(error, alert) ngtcp2_ccerr_set_tls_alert(error, alert, NULL, 0)
#define cq_close_error_set_transport ngtcp2_ccerr_set_transport_error
#define cq_close_error_set_application ngtcp2_ccerr_set_application_error
#else
#define CQ_NGTCP2_1 0
typedef ngtcp2_connection_close_error cq_close_error;
#define CQ_CLOSE_APPLICATION NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION
#define cq_close_error_init ngtcp2_connection_close_error_default
#define cq_close_error_set_library(error, code) \
    ngtcp2_connection_close_error_set_transport_error_liberr(error, code, NULL, 0)
#define cq_close_error_set_alert(error, alert) \
    ngtcp2_connection_close_error_set_transport_error_tls_alert(error, alert, NULL, 0)
#define cq_close_error_set_transport ngtcp2_connection_close_error_set_transport_error
#define cq_close_error_set_application ngtcp2_connection_close_error_set_application_error
#endif

struct cq_credentials {
    gnutls_certificate_credentials_t certificate;
};

struct cq_connection {
    ngtcp2_conn *quic;
    gnutls_session_t tls;
    /* GnuTLS's session points to this, so it must not move: connections are only made on the heap. */
    ngtcp2_crypto_conn_ref reference;
    cq_callbacks callbacks;
    void *context;
    /* The mesh has no IP addresses; ngtcp2 gets one path that never changes. */
    ngtcp2_path path;
    struct sockaddr_in local, remote;
    cq_connection_id source;
    cq_close_error error;
    int library_error;
    uint8_t reason[CQ_MAXIMUM_REASON];
    /* The message that a client began with, while it is being read. */
    uint8_t *client_hello;
    size_t client_hello_count;
    bool is_server;
    bool was_stateless_reset;
};

/* Makes the TLS session of a connection, whose other fields are set. 0 or an error of GnuTLS. */
int cq_tls_start(
    cq_connection *connection, const cq_credentials *credentials, const char *application_protocol,
    const char *server_name, cq_client_certificate client_certificate);

static inline void cq_connection_id_set(cq_connection_id *id, const uint8_t *bytes, size_t count) {
    id->count = count <= CQ_MAXIMUM_CONNECTION_ID_LENGTH ? count : 0;
    for (size_t index = 0; index < id->count; index++) id->bytes[index] = bytes[index];
}
