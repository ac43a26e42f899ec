//! An emulator of Azure SRE Agent: ARM, the data plane of every agent, and enough of Entra ID.
