"""身份来源: how we ask another house who somebody is: OpenID Connect, LDAP and CAS. No row is read or written here."""
