//! A stranger's program that wants a socket: refused by name when it is loaded.

fn main() {
    println!("{}", std::net::TcpStream::connect("127.0.0.1:80").is_ok());
}
