//! The handshake line that a plugin prints.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;

use super::transport::Address;

/// What a plugin reports when it is ready to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The line, without its end.
    pub line: String,
    /// The major protocol version that it chose.
    pub protocol: u32,
    /// The address at which it listens.
    pub address: Address,
    /// Its certificate, or `None` for plain text.
    pub certificate: Option<CertificateDer<'static>>,
    /// Whether the broker may share the connection. Present only if the host asked.
    pub multiplex: Option<bool>,
}

impl Handshake {
    /// Parses the line, as strictly as the strictest host.
    pub fn parse(line: &str) -> Result<Self> {
        Self::read(line).with_context(|| format!("handshake line {line:?}"))
    }

    fn read(line: &str) -> Result<Self> {
        let text = line.strip_suffix('\n').context("the line does not end")?;
        let fields: Vec<&str> = text.split('|').collect();
        let (fields, multiplex) = match fields.as_slice() {
            [fields @ .., multiplex] if fields.len() == 6 => (
                fields,
                Some(
                    multiplex
                        .parse()
                        .context("field 7 is neither true nor false")?,
                ),
            ),
            fields => (fields, None),
        };
        let [core, protocol, network, address, transport, certificate] = fields else {
            bail!("there are {} fields, not 6", fields.len());
        };
        ensure!(*core == "1", "the core protocol is {core:?}, not 1");
        ensure!(
            *transport == "grpc",
            "the transport is {transport:?}, not grpc"
        );
        let address = match *network {
            "unix" => Address::Unix(PathBuf::from(address)),
            "tcp" => Address::Tcp(address.parse().context("field 4 is no address")?),
            _ => bail!("the network is {network:?}, neither unix nor tcp"),
        };
        let certificate = match *certificate {
            "" => None,
            text => {
                let der = STANDARD_NO_PAD
                    .decode(text)
                    .context("field 6 is no unpadded base64")?;
                Some(CertificateDer::from(der))
            }
        };
        Ok(Self {
            line: text.to_owned(),
            protocol: protocol.parse().context("field 2 is no number")?,
            address,
            certificate,
            multiplex,
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn both_networks_are_read() {
        let unix = Handshake::parse("1|6|unix|/tmp/plugin1|grpc|AAEC\n").unwrap();
        assert_eq!(unix.address, Address::Unix("/tmp/plugin1".into()));
        assert_eq!(unix.certificate.unwrap().as_ref(), [0, 1, 2]);
        let tcp = Handshake::parse("1|6|tcp|127.0.0.1:10000|grpc||true\n").unwrap();
        assert_eq!(tcp.address, Address::Tcp(([127, 0, 0, 1], 10000).into()));
        assert_eq!((tcp.certificate, tcp.multiplex), (None, Some(true)));
    }

    #[rstest]
    #[case("hello\n", "1 fields, not 6")]
    #[case("1|6|unix|/tmp/p|grpc|", "does not end")]
    #[case("2|6|unix|/tmp/p|grpc|\n", "core protocol")]
    #[case("1|6|pipe|/tmp/p|grpc|\n", "neither unix nor tcp")]
    #[case("1|6|unix|/tmp/p|netrpc|\n", "not grpc")]
    #[case("1|6|unix|/tmp/p|grpc|AAE=\n", "unpadded base64")]
    #[case("1|6|unix|/tmp/p|grpc||maybe\n", "neither true nor false")]
    fn lines_that_a_host_refuses_are_errors(#[case] line: &str, #[case] expected: &str) {
        let error = format!("{:#}", Handshake::parse(line).unwrap_err());
        assert!(error.contains(expected), "{error}");
    }
}
