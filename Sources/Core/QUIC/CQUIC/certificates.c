#include "CQUIC.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { maximum_chain = 16, maximum_serial = 16 };

const char *cq_tls_error_text(int error) { return gnutls_strerror(error); }

const char *cq_alert_text(uint8_t alert) {
    const char *text = gnutls_alert_get_name((gnutls_alert_description_t)alert);
    return text ? text : "unknown alert";
}

void cq_text_free(cq_text *text) {
    if (!text->bytes) return;
    gnutls_memset(text->bytes, 0, text->count);
    free(text->bytes);
    *text = (cq_text){0};
}

/* MARK: Making */

static int take(gnutls_datum_t *datum, cq_text *text) {
    text->bytes = malloc((size_t)datum->size + 1);
    if (text->bytes) {
        memcpy(text->bytes, datum->data, datum->size);
        text->bytes[datum->size] = 0;
        text->count = datum->size;
    }
    gnutls_memset(datum->data, 0, datum->size);
    gnutls_free(datum->data);
    return text->bytes ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static int fill_certificate(
    gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key, const char *common_name, int64_t backdated,
    int64_t validity) {
    uint8_t serial[maximum_serial];
    const time_t now = time(NULL);
    int error = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    /* A serial number is positive (RFC 5280 §4.1.2.2), in the fewest bytes. */
    serial[0] = (serial[0] & 0x3f) | 0x40;
    if (!error) error = gnutls_x509_crt_set_version(certificate, 3);
    if (!error) error = gnutls_x509_crt_set_serial(certificate, serial, sizeof serial);
    if (!error)
        error = gnutls_x509_crt_set_dn_by_oid(
            certificate, GNUTLS_OID_X520_COMMON_NAME, 0, common_name, (unsigned)strlen(common_name));
    if (!error) error = gnutls_x509_crt_set_activation_time(certificate, now - (time_t)backdated);
    if (!error) error = gnutls_x509_crt_set_expiration_time(certificate, now + (time_t)validity);
    if (!error) error = gnutls_x509_crt_set_key(certificate, key);
    if (!error) error = gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0);
    return error;
}

int cq_self_signed(
    const char *common_name, int64_t backdated, int64_t validity, cq_text *certificate, cq_text *private_key) {
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t made = NULL;
    gnutls_datum_t datum = {0};
    *certificate = *private_key = (cq_text){0};

    int error = gnutls_x509_privkey_init(&key);
    if (!error) error = gnutls_x509_crt_init(&made);
    if (!error)
        error = gnutls_x509_privkey_generate(
            key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (!error) error = fill_certificate(made, key, common_name, backdated, validity);
    if (!error) error = gnutls_x509_crt_export2(made, GNUTLS_X509_FMT_PEM, &datum);
    if (!error) error = take(&datum, certificate);
    if (!error) error = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &datum);
    if (!error) error = take(&datum, private_key);
    if (error) {
        cq_text_free(certificate);
        cq_text_free(private_key);
    }
    if (made) gnutls_x509_crt_deinit(made);
    if (key) gnutls_x509_privkey_deinit(key);
    return error;
}

/* MARK: Reading */

static gnutls_x509_crt_t import(cq_slice der) {
    gnutls_x509_crt_t certificate = NULL;
    const gnutls_datum_t datum = {(unsigned char *)der.bytes, (unsigned)der.count};
    if (gnutls_x509_crt_init(&certificate)) return NULL;
    if (!gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER)) return certificate;
    gnutls_x509_crt_deinit(certificate);
    return NULL;
}

ssize_t cq_common_name(cq_slice der, char *name, size_t capacity) {
    gnutls_x509_crt_t certificate = import(der);
    if (!certificate) return -1;
    size_t count = capacity;
    const int error = gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &count);
    gnutls_x509_crt_deinit(certificate);
    /* GnuTLS escapes a NUL within the name, so the first one is its end. */
    return error ? -1 : (ssize_t)strnlen(name, capacity);
}

/* The content of a DER UTF8String that fills `der`; NULL when it is anything else. */
static const uint8_t *utf8_string(const uint8_t *der, size_t count, size_t *length) {
    if (count < 2 || der[0] != 0x0c) return NULL;
    size_t header = 2;
    *length = der[1];
    if (der[1] & 0x80) {
        const size_t digits = der[1] & 0x7f;
        if (digits < 1 || digits > 2 || count < 2 + digits) return NULL;
        *length = 0;
        for (size_t index = 0; index < digits; index++) *length = *length << 8 | der[2 + index];
        header += digits;
    }
    return *length == count - header ? der + header : NULL;
}

static ssize_t utf8_other_name(
    gnutls_x509_crt_t certificate, unsigned position, char *name, size_t capacity) {
    uint8_t der[1024];
    size_t count = sizeof der, length = 0;
    unsigned type = 0;
    if (gnutls_x509_crt_get_subject_alt_name2(certificate, position, der, &count, &type, NULL) < 0) return -2;
    const uint8_t *content = utf8_string(der, count, &length);
    if (!content || length > capacity) return -2;
    memcpy(name, content, length);
    return (ssize_t)length;
}

ssize_t cq_other_name(cq_slice der, const char *oid, size_t index, char *name, size_t capacity) {
    gnutls_x509_crt_t certificate = import(der);
    if (!certificate) return -1;
    ssize_t result = -1;
    for (unsigned position = 0;; position++) {
        char found[128];
        size_t count = sizeof found;
        const int type = gnutls_x509_crt_get_subject_alt_othername_oid(certificate, position, found, &count);
        if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) break;
        /* Names of other types, and those too long to be ours, are somebody else's business. */
        if (type != GNUTLS_SAN_OTHERNAME || strcmp(found, oid) != 0 || index-- > 0) continue;
        result = utf8_other_name(certificate, position, name, capacity);
        break;
    }
    gnutls_x509_crt_deinit(certificate);
    return result;
}

bool cq_has_fingerprint(cq_slice certificate, cq_slice fingerprint) {
    uint8_t digest[64];
    gnutls_digest_algorithm_t algorithm;
    switch (fingerprint.count) {
    case 32: algorithm = GNUTLS_DIG_SHA256; break;
    case 64: algorithm = GNUTLS_DIG_SHA512; break;
    default: return false;
    }
    return !gnutls_hash_fast(algorithm, certificate.bytes, certificate.count, digest)
        && memcmp(digest, fingerprint.bytes, fingerprint.count) == 0;
}

/* MARK: Verifying */

/* The number of certificates read, or an error of GnuTLS. */
static int trust_list(const char *authorities, gnutls_x509_trust_list_t *list) {
    const gnutls_datum_t datum = {(unsigned char *)authorities, (unsigned)strlen(authorities)};
    int error = gnutls_x509_trust_list_init(list, 0);
    if (error) {
        *list = NULL;
        return error;
    }
    return gnutls_x509_trust_list_add_trust_mem(*list, &datum, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
}

int cq_check_authorities(const char *authorities) {
    gnutls_x509_trust_list_t list = NULL;
    const int count = trust_list(authorities, &list);
    if (list) gnutls_x509_trust_list_deinit(list, 1);
    return count > 0 ? 0 : count < 0 ? count : GNUTLS_E_NO_CERTIFICATE_FOUND;
}

static bool verify_against(
    gnutls_x509_trust_list_t list, gnutls_x509_crt_t *chain, unsigned count, bool peer_is_client, char *reason,
    size_t capacity) {
    const char *purpose = peer_is_client ? GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER;
    gnutls_typed_vdata_st required = {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)purpose, (unsigned)strlen(purpose)};
    unsigned status = 0;
    const int error = gnutls_x509_trust_list_verify_crt2(list, chain, count, &required, 1, 0, &status, NULL);
    if (error) {
        snprintf(reason, capacity, "%s", gnutls_strerror(error));
        return false;
    }
    if (status == 0) return true;
    gnutls_datum_t text = {0};
    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0) {
        snprintf(reason, capacity, "%s", (const char *)text.data);
        gnutls_free(text.data);
    } else {
        snprintf(reason, capacity, "verification status 0x%x", status);
    }
    return false;
}

bool cq_verify_chain(
    const cq_slice *chain, size_t count, const char *authorities, bool peer_is_client, char *reason, size_t capacity) {
    gnutls_x509_trust_list_t list = NULL;
    gnutls_x509_crt_t certificates[maximum_chain];
    unsigned imported = 0;
    bool is_valid = false;

    if (count < 1 || count > maximum_chain) {
        snprintf(reason, capacity, "a chain of %zu certificates", count);
        return false;
    }
    const int error = trust_list(authorities, &list);
    while (error > 0 && imported < count && (certificates[imported] = import(chain[imported]))) imported++;
    if (error <= 0) {
        snprintf(reason, capacity, "no authorities: %s", gnutls_strerror(error));
    } else if (imported < count) {
        snprintf(reason, capacity, "certificate %u of the chain cannot be read", imported + 1);
    } else {
        is_valid = verify_against(list, certificates, imported, peer_is_client, reason, capacity);
    }
    for (unsigned index = 0; index < imported; index++) gnutls_x509_crt_deinit(certificates[index]);
    if (list) gnutls_x509_trust_list_deinit(list, 1);
    return is_valid;
}
