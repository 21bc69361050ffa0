/// Tokens made with Python's `joserfc`, an implementation that shares nothing with ours, and the keys of
/// ``TestKeys``. All expire at 2026-11-24T10:00:00Z.
enum GoldenTokens {
    /// 2026-11-24T10:00:00Z in seconds since 1970.
    static let expiration: Int64 = 1_795_514_400

    /// `{"aud":["bar"],"exp":1795514400}`
    static let audienceList = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzUxMiJ9.eyJhdWQiOlsiYmFyIl0sImV4cCI6MTc5NTUxNDQwMH0.VzfUHKTN-\
        NYPObmSIOdwFLiDNCzjLW9_beEpdEkENRHrbUKYWiL-BjXZqIOSumOp90UXpSTTxAJV9JUU218eQdDhx6nrZYtWAVs\
        46DDizmYjAxooZUGdnXK_atPrNvEKNeX-R1oPWGUpFiU1waRxX0BXB2DpESCi0LkCSBf8acY9Oh4XYkzac-MIgIZWt\
        itXWUtPuaI2Q6_VJadUZxNfIEtdpUB5sfco0QtRispsg_3RYELgm5yFa40TWZD7pHyw2vl9rTFv5cxX44tz6pd89Ig\
        ytPNhl30uWXFUFPFFWbxAsjYPTJmcRjeO1ft0pahq9LqQgEhtF7IL6r_WLmHO0g
        """

    /// `{"aud":"bar","exp":1795514400}`
    static let audienceString = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzUxMiJ9.eyJhdWQiOiJiYXIiLCJleHAiOjE3OTU1MTQ0MDB9.ejapYx6xSKX7\
        zm_HttSiYTLFXX7nceAF-_djf2ArNg3ATqx2H6f92WOqrMgf7iIyMaLG4qH5Mra3kejuAvS3PcdyUgpcv6MWQg4o6K\
        hNP6b7D5KFYJzSP_8YISm3HQpJvVGLfqFGyDgUBygb9CfRT2VnN1i9m2-9oB0qNVTBcMgUyyZ2ZhbM5CEOLwUb1e7I\
        K5OazeykMuVaHgCn7nTpkElXVlr1uXlB-EsbamLimvQPrlm-YgsRnHM4WrViZcVx_lpH54T3QjJxu2NutyQSI1C0Jm\
        7TOkCL1BJStfAUGoBLu89vCmn8-baVI5IWIV9g4_jZoeS4X4CFNR0ZZAb5Gg
        """

    /// `{"aud":["foo","bar"],"exp":1795514400.5}`
    static let fractionalExpiration = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzUxMiJ9.eyJhdWQiOlsiZm9vIiwiYmFyIl0sImV4cCI6MTc5NTUxNDQwMC41f\
        Q.ctWYrDESkpJTF_qH8EkdhmBbxayjM3ZU0bUDsdTRELIGUPeqU_agv3p7JPdEymnSQrjII1VEHDv4BrDguxDZl7yQ\
        ZGRgLjSVXx9La2mx508ZoFJapX9tiZQJoxSqTOUDAsqXGHAY09e8SzYBRkbSVD0KjpmTyo52vq0j-3v14NF0uNza6X\
        SKEE06zdUb6DQZA6vq8Y8d3pBIfqrSaH8T8T8bQoeWzruaSOY16vYPc3-3wO6WxyHblc8CVwSyA2bCQGmGoA7jS_Py\
        Gg8XIx2iD4l1ZFE3PX-vNdegoEyCkQPf_m15pjMa9_fcOELuNVHfR2Gbmtwf0gFMW3kGcjCDfg
        """

    /// RS256 with the right key.
    static let rs256 = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsiYmFyIl0sImV4cCI6MTc5NTUxNDQwMH0.DJZBi5kWT\
        1G1Y9V1KTqQMb_hozAS8stOUzpr8kUHk7Zzj70mJ1iRNT2In_KQrVnj-PghOWx19PI8MB7wMXq_WIgYl-fMwBEHrJj\
        NLumNvbn48VPTvV4OT3eEKcjfnp-vJUEP4rUbKSgjFUdS9Q-ViHvyCo5-ouB93IVbxG2YJeID3r3vUsYYnfA3wTHjO\
        Ru3DvJlI_jWqoFmqohOFLxZ-EUYejxRRXR5g6npyUlxmf6gf6Sui0bKBXT1u4Ss1yz41xhX--q7h9ZU0MRd8WJK0S5\
        ONmK5-euFDQRahCl4UChmSuLW7BD-ZULcyX5MJn_6FLxKy9KnVxqhaDmjzJs6TA
        """

    /// PS512 with the right key.
    static let ps512 = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJQUzUxMiJ9.eyJhdWQiOlsiYmFyIl0sImV4cCI6MTc5NTUxNDQwMH0.tclrXJNSQ\
        7jQFo804vExKo6K7a8UYIwu1jp4Jp0pudmro9biDseAxTENjBTekI7q2VjqfNoO7rtW50TJKKheZ4N7fUr5r4GyFpe\
        WkOw8GnckZ1fY2q8c2vxZihiPxTJDbnCBY55kIBV5oYo9Fe_diJT2T1TyibgFyM-55RpqA84t08jHssOosdpt745Rd\
        kNu4ehiDQ5po4VMXQRnzwYnorRk-POUarUCXJ2VMVprBId9mdGmOsiFB5BEiLvJw0qG83uQ5Il9agYVf9WAe82a3vN\
        bZ__b-zbkih0z1OAVxy1QlVU75k2nD3Hs-0mEctRrvH0Scbsdmg52klV-21vNIA
        """

    /// HS512 with the text of the public key as the secret: the algorithm confusion attack.
    static let hs512 = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.eyJhdWQiOlsiYmFyIl0sImV4cCI6MTc5NTUxNDQwMH0.kKgEUpqXg\
        jqBD1fqHzxMBlPTCW8bHiBtNGDMwBy0mjI15Q1dWl3vVh3qHTnbr5AdP8IpYoqaWgClB4onb1MBVA
        """

    /// RS512 with the key of another pair.
    static let otherSigner = """
        eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzUxMiJ9.eyJhdWQiOlsiYmFyIl0sImV4cCI6MTc5NTUxNDQwMH0.RVMszG7GW\
        ORojEH-GZUbCxI-k1TJpKCfcIpVD2jRFXESqNknDHThGi8RIUOnRFNlDIz7PrnUNh9YXFNdrYDk2sRqJp75l4hp6hv\
        RnJOkZzyYtSaQoVakRUqt3MhMGAmboXN7Iep7JYora1K_Cu6v2NwBED6pOWz6QXKeQPcM_AGzHJczRwRXc2zNEMeE0\
        5UXDfnA4KGibSgBG-7W2AKPSauSPHL2lhJankkPKXGwgLRiiKKRymWyH0HHg6ZwlnKzDKuzVhmgZEPIk54Au4qstvs\
        gLOmOKSwlOzMMwHbXq_9NaUNm4zvV03OMG-KeMFsRgGGXdxEaHcsP-bVLlBei5A
        """
}
