/// Certificates for TLS on the loopback interface, valid for a hundred years and trusted by nobody else.
///
/// Made with `openssl req -x509 -newkey ec` (authority) and `openssl x509 -req -CA` (server, client; DNS:localhost,
/// IP:127.0.0.1).
enum TestCertificates {
    /// Signed the server and the client.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATugAwIBAgIUZw0fVcI07n+onFyub01Ov6Fb2GAwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMY2xldyB0ZXN0IGNhMCAXDTI2MTEyMjIxMjExNFoYDzIxMjYx
        MDI5MjEyMTE0WjAXMRUwEwYDVQQDDAxjbGV3IHRlc3QgY2EwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQj9qiohESU9Dt3wglr66IhYp9THCNAe6391EiaV8QjIHc2
        QpYhKRghIgVsIk37jddb+8kLORDlPWO4KINumlgvo2MwYTAdBgNVHQ4EFgQURplF
        rEyKi5mILkmPcR8pu9dzfl4wHwYDVR0jBBgwFoAURplFrEyKi5mILkmPcR8pu9dz
        fl4wDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwCgYIKoZIzj0EAwID
        SAAwRQIgSx7o767ObNJ8dkZC4ahY88JviuNmMM/R5v+H5mzGfnoCIQDWfXm8yjYW
        vr/+tkvkbAp1DD/4amzehRxObdjR5uHaRg==
        -----END CERTIFICATE-----
        """

    /// Signed nobody.
    static let otherAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUBDtGkhjUy2wgHBn85Tt4KOuGDd8wCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPY2xldyB0ZXN0IG90aGVyMCAXDTI2MTEyMjIxMjExNVoYDzIx
        MjYxMDI5MjEyMTE1WjAaMRgwFgYDVQQDDA9jbGV3IHRlc3Qgb3RoZXIwWTATBgcq
        hkjOPQIBBggqhkjOPQMBBwNCAAR8R1RUIGIWEfFuAZoekPMopWZfEhlWazw8q350
        NrdkQyUFFfjI8YgnwDqhAzUCXUU4B5polgSS9hWDH6kDxbiio2MwYTAdBgNVHQ4E
        FgQUQEffk7Su+kYIGpZCnvlyMTb0evwwHwYDVR0jBBgwFoAUQEffk7Su+kYIGpZC
        nvlyMTb0evwwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwCgYIKoZI
        zj0EAwIDSAAwRQIhAKx6hYeRsYcXgquVqodskNJRtsQLkecTm380BtHu7fR+AiBm
        RNgW/sEv0zlXj7OkRwo0WdsPBcBBzUtU3Rz8EiSFEg==
        -----END CERTIFICATE-----
        """

    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBoDCCAUWgAwIBAgIUBy1RyGSieHSghxSB/OV0B4GqK5YwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMY2xldyB0ZXN0IGNhMCAXDTI2MTEyMjIxMjExNVoYDzIxMjYx
        MDI5MjEyMTE1WjAbMRkwFwYDVQQDDBBjbGV3IHRlc3Qgc2VydmVyMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAECaFY6/DCtH1Biom5VtXglEs3lcoZhykmllZo24RD
        GpxzxSkCZFXoDC7n9mgfTjzFVBC95kwVtebiZGgiakF9mKNpMGcwGgYDVR0RBBMw
        EYIJbG9jYWxob3N0hwR/AAABMAkGA1UdEwQCMAAwHQYDVR0OBBYEFKSiWAvME5af
        T+ezNSi9gulN3rb3MB8GA1UdIwQYMBaAFEaZRaxMiouZiC5Jj3EfKbvXc35eMAoG
        CCqGSM49BAMCA0kAMEYCIQCIwpcCZzpdbELEPajh3Bu9DlAoK6DNkHzAHKDlURGC
        5gIhAIXgPl9LYrXmhxR39ACgTcueIZsaJ9SYfN6XuctnpWfc
        -----END CERTIFICATE-----
        """

    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggW0T/9Ysh+7C70GX
        sjkJatsWJlMCsOEK/AkZxDTHfIOhRANCAAQJoVjr8MK0fUGKiblW1eCUSzeVyhmH
        KSaWVmjbhEManHPFKQJkVegMLuf2aB9OPMVUEL3mTBW15uJkaCJqQX2Y
        -----END PRIVATE KEY-----
        """

    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBnzCCAUWgAwIBAgIUBy1RyGSieHSghxSB/OV0B4GqK5cwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMY2xldyB0ZXN0IGNhMCAXDTI2MTEyMjIxMjExNVoYDzIxMjYx
        MDI5MjEyMTE1WjAbMRkwFwYDVQQDDBBjbGV3IHRlc3QgY2xpZW50MFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEiR4kY5oSDXHhiOpnhD12zU+JTVZOUlNlcXAV66BO
        p96apnxYelo5B62jmqGIsPWnnhcPrizsUinkn8YD3rUKO6NpMGcwGgYDVR0RBBMw
        EYIJbG9jYWxob3N0hwR/AAABMAkGA1UdEwQCMAAwHQYDVR0OBBYEFJFHVOY8X0AO
        ADt24iQnCu3Q4rYdMB8GA1UdIwQYMBaAFEaZRaxMiouZiC5Jj3EfKbvXc35eMAoG
        CCqGSM49BAMCA0gAMEUCIQCagzaGwLLXmKxNnUYDWVxyqHfMA0MGgOtgjzU3SJuL
        AgIgLD2sDZgeJrU1dNDkP5IpNvxulsi9ID/HDPbS2WywR3s=
        -----END CERTIFICATE-----
        """

    static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgq0YsPirSgyKv/nmr
        01jbXlVNPkVUIaf7XBt7+9FwvO6hRANCAASJHiRjmhINceGI6meEPXbNT4lNVk5S
        U2VxcBXroE6n3pqmfFh6WjkHraOaoYiw9aeeFw+uLOxSKeSfxgPetQo7
        -----END PRIVATE KEY-----
        """
}
