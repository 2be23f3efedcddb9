//! `serve`: the engine over HTTP. The first start of a data directory without keys makes one for an administrator and
//! shows it once.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::cli::args::{Args, ServeArgs};
use crate::cli::printer::{Format, Printer};
use crate::cli::{clock, opening};
use crate::engine::{Engine, NewKey};
use crate::error::Error;
use crate::model::{KeyRole, Viewer};
use crate::service::{Redis, Served, serve};

/// The port that is tried first where none is named, and how many are tried after it.
const FIRST_PORT: u16 = 8_080;
const MORE_PORTS: u16 = 19;

/// Serves until the process is told to stop.
pub(super) fn run(args: &Args, printer: &Printer, serving: &ServeArgs) -> anyhow::Result<u8> {
    let redis = serving.redis.as_deref().map(Redis::new).transpose()?;
    let listener = bind(serving.listen)?;
    let address = format!("http://{}", listener.local_addr().map_err(Error::io("监听", "网络地址"))?);
    // Others who want to write are told where.
    let holder = format!("进程 {}（serve，写入请通过 {address}）", std::process::id());
    let engine = Engine::open(&args.data, opening::definition(args)?, &holder)?;
    for notice in engine.notices() {
        printer.complain(&format!("注意（{}）：{}", notice.code(), notice.message()));
    }
    let first_key = if engine.has_keys() { None } else { Some(first_key(&engine)?) };
    match printer.format {
        Format::Json => {
            printer.json(&serde_json::json!({ "address": address, "key": first_key }))?;
        }
        Format::Table | Format::Csv => {
            if let Some(key) = &first_key {
                printer.text(&format!("管理员的钥匙（只显示这一次，请妥善保管）：{key}"))?;
            }
            printer.text(&format!("正在服务：{address}（Ctrl+C 停止）"))?;
        }
    }
    let as_of = args.as_of;
    let clock = Box::new(move || clock::now(as_of));
    let (data, reader) = (args.data.clone(), opening::workbook_reader());
    serve(
        Served { engine, data, reader, clock, redis, rate: serving.rate, webhook_allow: serving.webhook_allow.clone() },
        listener,
    )?;
    Ok(0)
}

fn first_key(engine: &Engine) -> crate::Result<String> {
    let new = NewKey { role: KeyRole::Admin, party: None, region: None, expires: None };
    let (_, secret) = engine.add_key(&new, &Viewer::operator(), &clock::now(None))?;
    Ok(secret.reveal().to_owned())
}

/// Takes the address that was asked for, else the first free port of some on the loopback address.
fn bind(listen: Option<SocketAddr>) -> crate::Result<TcpListener> {
    let ports = (FIRST_PORT..=FIRST_PORT + MORE_PORTS).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let addresses: Vec<SocketAddr> = listen.map_or_else(|| ports.collect(), |address| vec![address]);
    let last = addresses.last().map(ToString::to_string).unwrap_or_default();
    TcpListener::bind(addresses.as_slice()).map_err(Error::io("监听", last))
}
