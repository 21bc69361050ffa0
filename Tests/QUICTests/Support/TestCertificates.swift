import QUIC

/// Certificates that were made for these tests only, valid for a hundred years.
enum TestCertificates {
    /// The authority that everybody trusts.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAT+gAwIBAgIUZH+JosbSmsw/M6pNPhzhKEmDrBkwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI0MDgwMjUzWhgPMjEy
        NjEwMzEwODAyNTNaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEp+yyFgVEMA1K0hm18wgLuhQyqVk0376MqGvYH+Uz
        mwRXdUj9957msbw56/S639i2R1RC4rqOquL19WAIz/JII6NjMGEwHQYDVR0OBBYE
        FOMmbjjbOe6IbnHTNLpCqM0AxuGsMB8GA1UdIwQYMBaAFOMmbjjbOe6IbnHTNLpC
        qM0AxuGsMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49
        BAMCA0kAMEYCIQD2GVWtU2CnDyjvrhweqlqKoOcIsUWmTHO+ibrgwR0KwgIhANEp
        f6X70wV+xNTWd9FYZBMFRwRFFSM45oOrgkGEbfX/
        -----END CERTIFICATE-----
        """

    /// An authority that nobody trusts.
    static let stranger = """
        -----BEGIN CERTIFICATE-----
        MIIBnzCCAUWgAwIBAgIUFEraWamOQtjqdTcKXmR0zcDm49QwCgYIKoZIzj0EAwIw
        HDEaMBgGA1UEAwwRYW5vdGhlciBhdXRob3JpdHkwIBcNMjYxMTI0MDgwMjU0WhgP
        MjEyNjEwMzEwODAyNTRaMBwxGjAYBgNVBAMMEWFub3RoZXIgYXV0aG9yaXR5MFkw
        EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJgBlFeyreQxc+IRCs9hpa892Zoa+QYTo
        ediffjsqdfp8/1r2tNR/17WLqr3tmpy8Kpkq5PzjZ3y/ib5PJgHfHKNjMGEwHQYD
        VR0OBBYEFLzf4BfXfFUssBPAUvjr1gcXsz68MB8GA1UdIwQYMBaAFLzf4BfXfFUs
        sBPAUvjr1gcXsz68MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoG
        CCqGSM49BAMCA0gAMEUCIQCL5Cur/eIKP22AwEKqvgMcVJebc5dEkLgwbrYWDhjJ
        kwIgUbJyCcENoij7id0mTzm0bNkVsPgk7CXrjyH2IbVzvtk=
        -----END CERTIFICATE-----
        """

    /// For TLS servers, with a DNS name and the nodes foo and foo2; from the authority.
    static let server = QUICIdentity(
        certificatePEM: """
            -----BEGIN CERTIFICATE-----
            MIIB5TCCAYygAwIBAgIUEj/u3PNyOBg55CkOBj9Db6+vUIowCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI0MDgwMjU0WhgPMjEy
            NjEwMzEwODAyNTRaMBExDzANBgNVBAMMBnNlcnZlcjBZMBMGByqGSM49AgEGCCqG
            SM49AwEHA0IABGmNwzafn8XmtzKeZyMWlJvA3QVgXYTqxkAYDoX8G3xYyaeOwFGg
            mZsNk13WugK1m2xr44SbrQLxtFMCvj9vuP+jgbcwgbQwDAYDVR0TAQH/BAIwADAO
            BgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwEwPwYDVR0RBDgwNoIL
            Zm9vLmV4YW1wbGWgEgYJKwYBBAGSCBMBoAUMA2Zvb6ATBgkrBgEEAZIIEwGgBgwE
            Zm9vMjAdBgNVHQ4EFgQUaQNXIeQiYfXC3fBX5K3ZG3X+rcQwHwYDVR0jBBgwFoAU
            4yZuONs57ohucdM0ukKozQDG4awwCgYIKoZIzj0EAwIDRwAwRAIgOEmsxuMtIfI1
            l3WSbWEeHaY4w1khLx+r2pV4SZeysNECID7o4YjD6A4jPOJ0nQlA2TNjDULZiiN6
            aIoZj/1gYsa4
            -----END CERTIFICATE-----
            """,
        privateKeyPEM: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg879r1O6AiOENQ1RL
            y/LcY1hcLbpRN5Klec5xK9ITMjGhRANCAARpjcM2n5/F5rcynmcjFpSbwN0FYF2E
            6sZAGA6F/Bt8WMmnjsBRoJmbDZNd1roCtZtsa+OEm60C8bRTAr4/b7j/
            -----END PRIVATE KEY-----
            """
    )

    /// For TLS clients, with the node bar; from the authority.
    static let client = QUICIdentity(
        certificatePEM: """
            -----BEGIN CERTIFICATE-----
            MIIBwzCCAWqgAwIBAgIUEj/u3PNyOBg55CkOBj9Db6+vUIswCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI0MDgwMjU0WhgPMjEy
            NjEwMzEwODAyNTRaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49AgEGCCqG
            SM49AwEHA0IABLcphu9KIdylVPDjmJg7GahgaTMrMnBcVRXch1mikpd3HcOIDlfj
            vDeNzEGRd62jD48DzUbDnl/hHTKJTvq888ajgZUwgZIwDAYDVR0TAQH/BAIwADAO
            BgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RBBYwFKAS
            BgkrBgEEAZIIEwGgBQwDYmFyMB0GA1UdDgQWBBTi7njA9Ql9mwt6EH8CaVc85cld
            hDAfBgNVHSMEGDAWgBTjJm442znuiG5x0zS6QqjNAMbhrDAKBggqhkjOPQQDAgNH
            ADBEAiAPeCTqgbbJ8qZQ2ofenmYwYgOZy3JqcPgJWe4JnmCQqgIgHRaXXx+zqtPV
            2QNoetTmRrNp6fXIX117Nk4V24DmTxs=
            -----END CERTIFICATE-----
            """,
        privateKeyPEM: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/lD8OgrkS3T9imf9
            YW/Z76Ggh6jaDW4hGw7kXvxCkduhRANCAAS3KYbvSiHcpVTw45iYOxmoYGkzKzJw
            XFUV3IdZopKXdx3DiA5X47w3jcxBkXetow+PA81Gw55f4R0yiU76vPPG
            -----END PRIVATE KEY-----
            """
    )

    /// For TLS servers, with the node foo; from the stranger.
    static let impostor = QUICIdentity(
        certificatePEM: """
            -----BEGIN CERTIFICATE-----
            MIIByjCCAW+gAwIBAgIUOQSu4+TD+VfjuxYiGbYZB9M9U60wCgYIKoZIzj0EAwIw
            HDEaMBgGA1UEAwwRYW5vdGhlciBhdXRob3JpdHkwIBcNMjYxMTI0MDgwMjU0WhgP
            MjEyNjEwMzEwODAyNTRaMBMxETAPBgNVBAMMCGltcG9zdG9yMFkwEwYHKoZIzj0C
            AQYIKoZIzj0DAQcDQgAEcqxLo+q2cixuMBQGqkBSQi3/1vxGmnGAQQIuIGQouaEn
            zAiz6pSP0/+q7VBVH3l4yFczw00NPXNQZ2vywtlTDqOBlTCBkjAMBgNVHRMBAf8E
            AjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDATAdBgNVHREE
            FjAUoBIGCSsGAQQBkggTAaAFDANmb28wHQYDVR0OBBYEFK+2tGf58f5wPUZMRD8n
            a316vRC9MB8GA1UdIwQYMBaAFLzf4BfXfFUssBPAUvjr1gcXsz68MAoGCCqGSM49
            BAMCA0kAMEYCIQC8u2/ymyqh7/AeNRE3YSQiLa/OkB10vfQL5BmawrASGAIhAIC5
            7WoRpjY+rLRDbXPw1Ea5IXr7cfNLG/ilGOc1KSVZ
            -----END CERTIFICATE-----
            """,
        privateKeyPEM: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsJVYrQkaqoRsIHrA
            0+PVgmCl7FQi3lXBs+E9bvl2hjKhRANCAARyrEuj6rZyLG4wFAaqQFJCLf/W/Eaa
            cYBBAi4gZCi5oSfMCLPqlI/T/6rtUFUfeXjIVzPDTQ09c1Bna/LC2VMO
            -----END PRIVATE KEY-----
            """
    )

    /// The SHA-256 of the server's certificate.
    static let serverSHA256: [UInt8] = [
        0x0b, 0xc4, 0xae, 0xdb, 0x4e, 0x8c, 0x43, 0x4b, 0x66, 0xc8, 0xfc, 0xce, 0x90, 0xcb, 0x15, 0xa3,
        0x6a, 0xa6, 0xeb, 0xb5, 0x21, 0x0d, 0xdb, 0xcc, 0xb0, 0x01, 0xab, 0x7b, 0xa0, 0x62, 0x50, 0x39,
    ]

    /// The SHA-512 of the server's certificate.
    static let serverSHA512: [UInt8] = [
        0x74, 0x70, 0xab, 0x8a, 0xbe, 0x85, 0x6c, 0x76, 0xe4, 0xc0, 0x33, 0x44, 0xbb, 0x2c, 0x02, 0x41,
        0xa1, 0x2d, 0xe7, 0x6f, 0x79, 0xea, 0x63, 0x34, 0x7e, 0x3c, 0x55, 0x46, 0x6d, 0xcb, 0x64, 0x4a,
        0xdc, 0x59, 0x17, 0x24, 0x3c, 0x44, 0x14, 0xe5, 0x76, 0x8b, 0xb2, 0x9a, 0x4d, 0x7e, 0xac, 0x74,
        0xb9, 0xff, 0x47, 0x70, 0x8f, 0xec, 0x95, 0xc0, 0x6c, 0xfb, 0x82, 0x4a, 0x9d, 0xf9, 0x06, 0x16,
    ]
}
