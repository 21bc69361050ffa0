/// Keys made with Python's `cryptography` for these tests; they protect nothing.
enum TestKeys {
    /// The signer's key, 2,048 bits, PKCS#1.
    static let privatePKCS1 = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEowIBAAKCAQEAurU476s1fTYlVvOtKTsVrPZ4Lz42+iRcgaijeKXByWYTRN++
        /icVgVVagcAl+a9xG6lYpn0GShn20qowqPf2kON+wrTwhPL1mQzR5zE9DEyv0tz1
        2VG7bEPYWc5FfNp8tIvzusT7MFS2Sz6ZNnsr10dKi6pNJNXTw3P/AOlV1mM2pNrK
        iqz0kYeNKLNJRbIfhYf7hkY386DY6pvDvwg70WM3T9htGE8+UhKYgpXWv1pwdgp3
        87QBYj9ZJ4t8GGlG2opWTt/6ndhXeHA+iH4+7pA3IjNRty1nzJM/+sHcwTYHXwyV
        DmFaOOtbO46uYCV+cN17YTXclje44J15QZmxLQIDAQABAoIBABUT+HA2PTz8K+L7
        x4TBbYUFSN7XKzsPd9IQyRkJvYLlydnGA2M147D3gyw6wQ7Fxlh/xHOnPFqJQTAv
        PnxqN0/MHwy5g0hpwAhIm48kzpDg53NADBE+BOayvMNcDMQ3oPR7svGsOJ9lhjRL
        G4jnBuAFkF42xQFvkmSdEnYhNtY+U7i/aHpXmJc34QyWnvHwFxNvOfEYX60VHBxK
        tLvhaeL3jWBvC6RsVlgZJrKmHGFulXCQTe5VwjmCVIyj59BLXAshTK7FApUxJgn6
        kRsyA5Br7Z0hkbgR7dWdFDW3WAKFaE8St06EtsLS90TgTFBxsDvOn3MY4g81L2zg
        3EavtRECgYEA5AM4K+AoVMYa4xx+l8uyki1fdBzhwQI/n21W1V2ua3KfsFA/0Rc/
        MKjiiyBPlsVBrN95HTXs3eCYS6XlLvJAI5lIyNFAorISmsEMKMlWSRxZhdb66NCR
        qCTVG6NlMX4MPmFGemjge4HdipawxgtYVtvKbahdwyLti3KDBQ+Bp4sCgYEA0aAY
        xhi7DbpWphwuBRlVdyuPFZY/TLnCtiRovfzvIthqqReeGMUigO+PaF4vxRcyf/wM
        obJwhmXcRE27jbr5Dc77ENVD81Fepz93cmp71FXmHhab9idksMUHki7TRF057TCx
        oVzLeKKx72AAykWlaM+Q+u6USbQuUDx/uaTI4ScCgYAOf2Hn8EXANiRpgltOPYZq
        IvZpxJhaFFGFSod145H+hPhAVqnoGolLB8H3xKMq2/n0CvWBdPdNmEU2siKjXIXV
        fZ6SHjP05EuoiVPDmCGjXmkWyHeFrBVG0qi2LCp3/iK7KKY5jEeRss0qTbCJtxjz
        1N/HHyhvCt59ulc4UCcXRwKBgQCoiVJButJxWBagWNm7KcIoHPJeRb1A370nmiBI
        V9qgJmWi66UlfyGdjn27SLaZfGwSsEArpP6JX833cJPRgLkKnBYJU53dO9ehGgrc
        B7blYeaw3DaqcsOmx9Ktek5LkbSn+dVmyeehZxUuQv5/of06Rl/nD/hTRbVSt0Ft
        rYoAUwKBgCrOU76tdrXA0gvPbDbI1LXLqkXl93MStqTWLbyFuCUMn10R6F+dc819
        Ke5IpSfbvcKdiY2b0bydQdXq22RwA6eMb4WpAzoup//FtFtD/7gUIqFmyHfl1Rvq
        eNT6WzxYk3/B1gLJg0zK5ZT/YdVv5Q6d2+pyO3J316M4O40xpofq
        -----END RSA PRIVATE KEY-----

        """

    /// The same key in PKCS#8.
    static let privatePKCS8 = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC6tTjvqzV9NiVW
        860pOxWs9ngvPjb6JFyBqKN4pcHJZhNE377+JxWBVVqBwCX5r3EbqVimfQZKGfbS
        qjCo9/aQ437CtPCE8vWZDNHnMT0MTK/S3PXZUbtsQ9hZzkV82ny0i/O6xPswVLZL
        Ppk2eyvXR0qLqk0k1dPDc/8A6VXWYzak2sqKrPSRh40os0lFsh+Fh/uGRjfzoNjq
        m8O/CDvRYzdP2G0YTz5SEpiClda/WnB2CnfztAFiP1kni3wYaUbailZO3/qd2Fd4
        cD6Ifj7ukDciM1G3LWfMkz/6wdzBNgdfDJUOYVo461s7jq5gJX5w3XthNdyWN7jg
        nXlBmbEtAgMBAAECggEAFRP4cDY9PPwr4vvHhMFthQVI3tcrOw930hDJGQm9guXJ
        2cYDYzXjsPeDLDrBDsXGWH/Ec6c8WolBMC8+fGo3T8wfDLmDSGnACEibjyTOkODn
        c0AMET4E5rK8w1wMxDeg9Huy8aw4n2WGNEsbiOcG4AWQXjbFAW+SZJ0SdiE21j5T
        uL9oeleYlzfhDJae8fAXE2858RhfrRUcHEq0u+Fp4veNYG8LpGxWWBkmsqYcYW6V
        cJBN7lXCOYJUjKPn0EtcCyFMrsUClTEmCfqRGzIDkGvtnSGRuBHt1Z0UNbdYAoVo
        TxK3ToS2wtL3ROBMUHGwO86fcxjiDzUvbODcRq+1EQKBgQDkAzgr4ChUxhrjHH6X
        y7KSLV90HOHBAj+fbVbVXa5rcp+wUD/RFz8wqOKLIE+WxUGs33kdNezd4JhLpeUu
        8kAjmUjI0UCishKawQwoyVZJHFmF1vro0JGoJNUbo2Uxfgw+YUZ6aOB7gd2KlrDG
        C1hW28ptqF3DIu2LcoMFD4GniwKBgQDRoBjGGLsNulamHC4FGVV3K48Vlj9MucK2
        JGi9/O8i2GqpF54YxSKA749oXi/FFzJ//AyhsnCGZdxETbuNuvkNzvsQ1UPzUV6n
        P3dyanvUVeYeFpv2J2SwxQeSLtNEXTntMLGhXMt4orHvYADKRaVoz5D67pRJtC5Q
        PH+5pMjhJwKBgA5/YefwRcA2JGmCW049hmoi9mnEmFoUUYVKh3Xjkf6E+EBWqega
        iUsHwffEoyrb+fQK9YF0902YRTayIqNchdV9npIeM/TkS6iJU8OYIaNeaRbId4Ws
        FUbSqLYsKnf+IrsopjmMR5GyzSpNsIm3GPPU38cfKG8K3n26VzhQJxdHAoGBAKiJ
        UkG60nFYFqBY2bspwigc8l5FvUDfvSeaIEhX2qAmZaLrpSV/IZ2OfbtItpl8bBKw
        QCuk/olfzfdwk9GAuQqcFglTnd0716EaCtwHtuVh5rDcNqpyw6bH0q16TkuRtKf5
        1WbJ56FnFS5C/n+h/TpGX+cP+FNFtVK3QW2tigBTAoGAKs5Tvq12tcDSC89sNsjU
        tcuqReX3cxK2pNYtvIW4JQyfXRHoX51zzX0p7kilJ9u9wp2JjZvRvJ1B1erbZHAD
        p4xvhakDOi6n/8W0W0P/uBQioWbId+XVG+p41PpbPFiTf8HWAsmDTMrllP9h1W/l
        Dp3b6nI7cnfXozg7jTGmh+o=
        -----END PRIVATE KEY-----

        """

    /// Its public half, PKIX.
    static let publicPKIX = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAurU476s1fTYlVvOtKTsV
        rPZ4Lz42+iRcgaijeKXByWYTRN++/icVgVVagcAl+a9xG6lYpn0GShn20qowqPf2
        kON+wrTwhPL1mQzR5zE9DEyv0tz12VG7bEPYWc5FfNp8tIvzusT7MFS2Sz6ZNnsr
        10dKi6pNJNXTw3P/AOlV1mM2pNrKiqz0kYeNKLNJRbIfhYf7hkY386DY6pvDvwg7
        0WM3T9htGE8+UhKYgpXWv1pwdgp387QBYj9ZJ4t8GGlG2opWTt/6ndhXeHA+iH4+
        7pA3IjNRty1nzJM/+sHcwTYHXwyVDmFaOOtbO46uYCV+cN17YTXclje44J15QZmx
        LQIDAQAB
        -----END PUBLIC KEY-----

        """

    /// Its public half in PKCS#1.
    static let publicPKCS1 = """
        -----BEGIN RSA PUBLIC KEY-----
        MIIBCgKCAQEAurU476s1fTYlVvOtKTsVrPZ4Lz42+iRcgaijeKXByWYTRN++/icV
        gVVagcAl+a9xG6lYpn0GShn20qowqPf2kON+wrTwhPL1mQzR5zE9DEyv0tz12VG7
        bEPYWc5FfNp8tIvzusT7MFS2Sz6ZNnsr10dKi6pNJNXTw3P/AOlV1mM2pNrKiqz0
        kYeNKLNJRbIfhYf7hkY386DY6pvDvwg70WM3T9htGE8+UhKYgpXWv1pwdgp387QB
        Yj9ZJ4t8GGlG2opWTt/6ndhXeHA+iH4+7pA3IjNRty1nzJM/+sHcwTYHXwyVDmFa
        OOtbO46uYCV+cN17YTXclje44J15QZmxLQIDAQAB
        -----END RSA PUBLIC KEY-----

        """

    /// The signer's key behind a passphrase, PKCS#8.
    static let encryptedPKCS8 = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFNTBfBgkqhkiG9w0BBQ0wUjAxBgkqhkiG9w0BBQwwJAQQ7133uuH/fsPmjqtD
        sWyPTAICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEA2BtD9ag1BY1sqw
        gv/cAycEggTQjmGwVhYRK6gqiCxlN0eaSbZ2YIbPZk0NgtImHFIvWgnJ/7i/RN2+
        uKU0ytd8nMc4wfTGGPHKl9gOCELf4voHo60qoBh+CqPwg3Q29RKUbE7DUyjd2CQw
        VFemBrij5V+jSDyL+VvBFVjpo5w2qMelAIwhtR6en0ivX/UKUBtx61yFTRJQ2cRA
        7RCLh4P7mdVBtkfXWB0xhMFpj7qJ2Y+pT1Qrge8dB+LO+PfvzMxbrOb5Y3AtGTs1
        /6kqbpoMcdLFcBzvDDHeq9aGu65t/+jFmeyfPV3Vj7iSceRqWWYix4F0QbUozAVm
        DzI1ZXsEWenurFeY411f1tfQ2bX2Iu8bMUaJsUNlQBDaVNtpYFMHq+Dk9dNnoqL2
        wfcaJ/baQbS05exOgbT0O6wPvOY1Mf95O4lRjfmlmTd1E7DQQLzSbgyVd8hT36uq
        85RVp2n+ry40biUcqqjmNyENO1/ms3/1CCOODymmRCe3oJuSknI6uesc8wp+SjhO
        j4seP5zAqYFGaPVvzkvuLjM/pxvUUSOymHQA0oYxamtaTzn8PDzufOEY8ZtO2R0z
        lq+wFCevAzeZM97NyJJVUYWHjRqqHbEFVk4iUqo89VCdmVguzkA7W3ohCxmCBOKl
        AUjAtYENsvjVOfG5MaIe9YidEsaVQdtN8cJzA6IB5zO/iScG0k4rGwOQAFldqbAo
        X2B+gOtExRj0GBTCzXFBZVT6Dz/9BqN++IJwdo4nVk/BQDe2cWLwGAjhQvcbhbmZ
        4zvys+++RQcUdSzw0OCXxBed5qG5SngkIZJD7l0dqux1hEaCu/u0u0HZyjS8zeHj
        pDT0NZJOE6vLQ/feDgrrM2smi/X3Xu1IXMXWXuVzKWKyi0Jx+2JX471HH+nSTuUM
        ssAeBkCQibeaumj33wO72UmdDesIMaDrQJ6EA52V0qtYyB7QFQU1Z85BsAJAwC+V
        /lskAGfJ93W504MgT2b/eMjcR7hK6TjO7nDkBtCuCN8te+1js2bcFLX1MzV83hV+
        3LDbCVRkHocwkgz0iLWf2kHiciwNd3KgtFLrABvTe90cU89ZiKZvO06cz2tx+TR4
        r2vVDuM6+0aUyKzwXWY0nO4uyJQMMCpOb7ijjR0202f69NAIpcJkviQcJmMbwSPi
        b1XVlKl3oEhMSOm3/JzN89nTHdzdHjXH4JoO/L8DQRRSdUZUermXbgOoamT6aEZ7
        3d6utpIHq46f6H/DmrWouxI/ElPQ/M43RcgtIm/JjFmQnJFhbJDRLxuWKi6FuVSm
        Z5+AG1vHzQRViO9XvvEaccIHs5gd+SwoXiv5Sxl+2r3avF/Shq0uFGafvYQYLXvn
        tBC0gIVjm2T1vEUYicftR2SaiQCu5LLiLydiv+1wKLbDUY/hEJ/RYIh7Y0yeDl2a
        Ar1j0SwNsgWJlxvZCmnSKWdAFtSNTw6Kf2q7G0L7yCW3P4YzZkihLdu8Hzi/geo6
        VJX9AbrRbHaFzIW9dqOpas8c1rVUVzaB9HR1AKASxrT1cXBstGCjzFWSFox3hxt0
        WxFkqGJNZFEOGWyaRsNJ14XsMCi/+g3aHkTEpUcleJr7D7r88q97M0H1/dDukmUQ
        d7C5vwOM+jX7uaPYVOn9QmCg2oFmQ8jgl1R/XCqeU+NY7s5a1Gylj20=
        -----END ENCRYPTED PRIVATE KEY-----

        """

    /// The signer's key behind a passphrase, PKCS#1.
    static let encryptedPKCS1 = """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-256-CBC,0706C601A09ADFAD089003F120F0A941

        6waW57qo1hPstivzjSCU+poQfh/1gYtDt6h73igcPknCB1LnfNR37sKX+jXNtwzY
        6+HVSLISkUNMfPuOo7qjVXNTtaTJMP6zZwzAi1hMXVB23KFnEjloaV9l0DhLp1Gb
        HUQ6gOT6TjmGqtM6GSxsMnewD4utTEo0X6fQJYVeeLVhrE0AMerVgLpFrWLmPuIM
        yMqpsokJO9LPLRd8qhswoxpBGPO63ScxT2tZj8KcFH1F9GeC3DkSbfPIry2Fpgg+
        MzSVjfVUgl0FzTpMbBkDhORexBunjWVKOwVp9UPTU7a63SAWtNFf7to4CF3HO256
        CfZrmYBZ6TM4tstD1MFPEi+zXuemWV7P/KGVWWEk4H3gxitJa9G0G0Slj8vpP4mf
        WK/IHq9IeqXlk9N7/jnNS99myWuXg1w4xaPB/rfa5XPFKONsS3N22i+kF9vTckie
        Yeu9DSLGk9+E22UD8OFfEdC9QwRMUk4zdECzGvHGWBJonwkgciMKs5E80JdNWsYY
        6LP9500SBuQcrmCW6fD7fAMJmdxIO5Sx5LrSdjrxB+JXqEq21zzs9kxNuSITbdwJ
        F7taBsbolpBhftJqJUIjgbCXdNZhRZYGP0IV6DvGc1/3aUPXS8LGm/7Ayn1YzWaM
        ZBLnnOu6sudTVbYFgDXvZnIjiPTw388CsSEOA51+uq9lPOGEs0cKOOMvHRivvj0b
        3Ls+HZbDIVdJL18pfKB+KZRJCZClwaAfkzidCzAhUVl13ZbxY0eHbW9ODj6e/Ab2
        DmUuEqS5URasQnK0+mCxnAWnZWEvTibtPQ0QWnmoujEs4nDIH0VzI2oBuIWvBEQV
        PXwl3jL6J6D4spglC1JlyiQJiLPFaWYjx5382/OnQBGClQ22ZLlJKoQ+Ul/uIsj0
        C2jPX0NXokuW68+I82Y3ZjrOQ7Ag+BRxIxr7lTxkN4XlyFFN5ESyWyPrFcYhExEI
        HBlFIxkfkGMMxps61/ZNTtnnwQZiJTnYtYqBBRdPN+UOmb089rF+mzIOmbqxwYY0
        5ER2bXreqBVfXsaDKu6J3dUcqpLHmwnxbypJablpgweCp+yikCBipnD/RA+CWzUN
        gS2VSJ/CRWCApVOzD4IgKhC2srRSqY9eshM4bsYzRFvLUk3TDilVmSyqZ2P+Q+HC
        f2gr1Z+6dLYwD6QhmbVWhBK1bp+Q7/fiPbNj3D3pv3X+MLKBRxGLossbBUnSj/zL
        ScIYGYGddSNvMKwguuHJy1hKxD6YPmMuYOJ7LE4ZUrA47GcjO8sAFa7EGKIiDdbX
        OPnErFMLh4oL5e3aFtyZTE/mN9sW5n7jzbICbWuQvVhNJl3jXqm4B5HrW1gUck0h
        pvlH3bMBqwCUhkxYN62tjwRPEO1ZRXEOY3tkpYm5IlwCAR70s+ocAV/P7uXHbY52
        llybvrt9x8XY71hkI5UQYrc+LNXKwJlYVaPqFt8WHox1qHI4H78E5KMbtHjCXugm
        HxY7iJ/7hQjESoATRii0pk6UXmaKOgZozyUjmhFNl3ZDHoBJDutKLgiJRrxgMSNm
        YOuzcR3kF92wlKU1VX1uOSQyHOj4wOoC6o3XhoBS2ZbdNEgSKwE9FZAEdgu2oQlH
        -----END RSA PRIVATE KEY-----

        """

    /// The public half of another pair.
    static let otherPublic = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAv9cgyzm0SldDvvKsUL+O
        dGfMA5KredXwOCjcU+xLCyj/CEyW47mH3oTqoZVNeYHk3NuKU/A0P/FCXdc9zND0
        EtHcQaTK3FabgaQkicjzZ+knqg62BojInJZET570VWjq+KkIO3CptT9QooQZBf4W
        rJ7+EOCWuGn8LTeWTYTc/Qh1/tea0vrWi+czGJqAyIHvNiqJaL3SC5c/iSdmHD4y
        6PgMRzU7NPxaA6ucLtosLLDJLuwg4EmSfzV6FEX8cpfxy0L+DucTEyuE1PJqfBA3
        y3R26BtvELK3ycsc9GILK+LrQnCXQ/p418VaJyQtxq65Pd90AJz3/rmZ5kwqOihA
        awIDAQAB
        -----END PUBLIC KEY-----

        """

    /// 1,024 bits: too short.
    static let shortPrivate = """
        -----BEGIN RSA PRIVATE KEY-----
        MIICXAIBAAKBgQDyw//klnm6pRKy1aD9PZdEAS1pB1V4z7Y+mBY41szJ8jtOAIS1
        qLtXDBrZuQpYpHms9wIyTTZebumOz3xtob1Q3HxpOsmfDOTkY6yT50qHKWYSfZlI
        f6CTdMxA6GQ3qDmnDmUnDPRfPLlvbzMpX5+Acn2RQVuB1d40kE1aYGvjSwIDAQAB
        AoGAD4v3xkbQsuBBa0x9C9q25jcBFnnOwnbi3+1Tdv5ijQhDPgKQfSW6IZ/31Dui
        avzVgfsrm9cQBUorEOc+u7Kg8f3OhBSgCd9/AQqI6SouzCq6fXARKo5uuxv6IKsF
        nE4b2ysrgWAncRTlMSNs7I15WSo0m5I7Hxqwm1dMlIj7TtECQQD6k4y9kqWMzTEM
        RCenk7dlfQ2sNoqczs+y1YnTyYBGTRxiVD+XoyEaIX7KbC5hGjzrkwJAkA/UGvCX
        fKZ6TMqJAkEA+AUrl55kstlE2EuXD/TiVkKsN8LVVTrzG7w931aAv0yISqzmA+BD
        ixAZmGQrGILI887RrngLHkP3D9DGGji6MwJABzb+Y2r4h1BVLDQ+LA4NxsdOAHpl
        jVRLGKwbVtTDc8K+oXophpU028rBGtT4lOUrgeDuvKspOYM5EDOPm4/geQJBAM1t
        KuAYN3vTbaxhX6u9v0KHUrGU1LIVc4sDbZPwyA6qyzBe6N1JAWjLWwfX38IbgWo/
        YXlKwJq+3IHjAFJzrfUCQEvVOThVkxWsBSTLYejPMg2HlSYbB9LODfl3Sw70GFR/
        xzfxs8TQ6AchRdPJa5UzJ3mizgXFR6wGzOLK3rNglkk=
        -----END RSA PRIVATE KEY-----

        """

    /// 1,024 bits: too short.
    static let shortPublic = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDyw//klnm6pRKy1aD9PZdEAS1p
        B1V4z7Y+mBY41szJ8jtOAIS1qLtXDBrZuQpYpHms9wIyTTZebumOz3xtob1Q3Hxp
        OsmfDOTkY6yT50qHKWYSfZlIf6CTdMxA6GQ3qDmnDmUnDPRfPLlvbzMpX5+Acn2R
        QVuB1d40kE1aYGvjSwIDAQAB
        -----END PUBLIC KEY-----

        """

    /// Not RSA: P-256.
    static let curvePrivate = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZlw7rdBlwLtW5Miw
        FarNVHp9U95NrGHs4PRqex3J+TWhRANCAAQETZJMhf1KG3G8feIrlqTyrqLW7JGJ
        S8kz5pVIQ1+HhHm38ssUXAeFZL7pDI9EZV+Wj9JbmZK2y0rs1ExVR5SX
        -----END PRIVATE KEY-----

        """

    /// Not RSA: P-256.
    static let curvePublic = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBE2STIX9ShtxvH3iK5ak8q6i1uyR
        iUvJM+aVSENfh4R5t/LLFFwHhWS+6QyPRGVflo/SW5mStstK7NRMVUeUlw==
        -----END PUBLIC KEY-----

        """
}
