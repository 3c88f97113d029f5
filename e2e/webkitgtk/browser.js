// @ts-nocheck: it runs in another program, whose types are not installed here.
// The browser that WebKitWebDriver starts: `gjs -m browser.js <file of options>`. With --version it prints its version.
// WebKitGTK's own MiniBrowser, if automated, loses all cookies when it ends, so it cannot show a restart.
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk?version=3.0';
import Soup from 'gi://Soup?version=3.0';
import WebKit2 from 'gi://WebKit2?version=4.1';
import { exit } from 'system';

const VERSION = [WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version()];
if (ARGV[0] === '--version') {
  print(`WebKitGTK ${VERSION.join('.')}`);
  exit(0);
}

/** @type {import('./browser-protocol.ts').BrowserOptions} */
const { profile, proxy, script } = JSON.parse(readAndRemove(ARGV[0]));

Gio._promisify(WebKit2.CookieManager.prototype, 'get_all_cookies');
Gio._promisify(WebKit2.CookieManager.prototype, 'add_cookie');
Gio._promisify(WebKit2.CookieManager.prototype, 'delete_cookie');

const SAME_SITE = ['None', 'Lax', 'Strict'];

/** @param {import('./browser-protocol.ts').BrowserEvent} event */
const tell = (event) => print(JSON.stringify(event));

Gtk.init(null);
const loop = GLib.MainLoop.new(null, false);

const data =
  profile === undefined
    ? WebKit2.WebsiteDataManager.new_ephemeral()
    : new WebKit2.WebsiteDataManager({ base_data_directory: profile, base_cache_directory: profile });
// As if the user had accepted each certificate warning.
data.set_tls_errors_policy(WebKit2.TLSErrorsPolicy.IGNORE);
data.set_network_proxy_settings(
  WebKit2.NetworkProxyMode.CUSTOM,
  WebKit2.NetworkProxySettings.new(proxy, null),
);
const cookies = data.get_cookie_manager();
if (profile !== undefined) {
  cookies.set_persistent_storage(`${profile}/cookies.sqlite`, WebKit2.CookiePersistentStorage.SQLITE);
}

const context = new WebKit2.WebContext({ website_data_manager: data });
context.set_automation_allowed(true);
context.connect('automation-started', (_, session) => {
  const info = new WebKit2.ApplicationInfo();
  info.set_name('WebKitGTK');
  info.set_version(...VERSION);
  session.set_application_info(info);
  session.connect('create-web-view', openWindow);
});

function readAndRemove(path) {
  const file = Gio.File.new_for_path(path);
  const [, bytes] = file.load_contents(null);
  file.delete(null);
  return new TextDecoder().decode(bytes);
}

let windows = 0;

function openWindow() {
  const number = windows++;
  const content = new WebKit2.UserContentManager();
  content.register_script_message_handler('problem');
  content.connect('script-message-received::problem', (_, result) =>
    tell({ type: 'problem', text: result.get_js_value().to_string() }),
  );
  content.add_script(
    WebKit2.UserScript.new(
      script,
      WebKit2.UserContentInjectedFrames.ALL_FRAMES,
      WebKit2.UserScriptInjectionTime.START,
      null,
      null,
    ),
  );
  const view = new WebKit2.WebView({
    web_context: context,
    user_content_manager: content,
    is_controlled_by_automation: true,
  });
  view.connect('web-process-terminated', () => tell({ type: 'crash', window: number }));
  const window = new Gtk.Window({ default_width: 1280, default_height: 720 });
  window.add(view);
  window.show_all();
  view.connect('close', () => window.destroy());
  return view;
}

// WebDriver shows only the cookies of the open page; this shows all.
const control = new Soup.Server();
control.add_handler('/cookies', async (_, message) => {
  message.pause();
  try {
    const json = JSON.stringify(await answer(message));
    message.set_status(200, null);
    message.set_response('application/json', Soup.MemoryUse.COPY, json);
  } catch (error) {
    message.set_status(500, null);
    message.set_response('text/plain', Soup.MemoryUse.COPY, String(error));
  }
  message.unpause();
});
control.listen_local(0, Soup.ServerListenOptions.IPV4_ONLY);
tell({ type: 'ready', control: control.get_uris()[0].to_string() });
loop.run();

async function answer(message) {
  if (message.get_method() === 'POST') {
    const body = new TextDecoder().decode(message.get_request_body().flatten().get_data());
    await cookies.add_cookie(toSoup(JSON.parse(body)), null);
  }
  const all = await cookies.get_all_cookies(null);
  // The jar keeps expired cookies but does not send them, from the second after the expiry on. So leave them out.
  const now = Math.floor(Date.now() / 1000);
  const isLive = (cookie) => (cookie.get_expires()?.to_unix() ?? now) >= now;
  if (message.get_method() !== 'DELETE') return all.filter(isLive).map(fromSoup);
  for (const cookie of all) await cookies.delete_cookie(cookie, null);
  return [];
}

function fromSoup(cookie) {
  return {
    name: cookie.get_name(),
    value: cookie.get_value(),
    domain: cookie.get_domain(),
    path: cookie.get_path(),
    expires: cookie.get_expires()?.to_unix() ?? -1,
    httpOnly: cookie.get_http_only(),
    secure: cookie.get_secure(),
    sameSite: SAME_SITE[cookie.get_same_site_policy()],
  };
}

function toSoup({ name, value, domain, path, expires, httpOnly, secure, sameSite }) {
  const cookie = Soup.Cookie.new(name, value, domain, path, -1);
  if (expires !== -1) cookie.set_expires(GLib.DateTime.new_from_unix_utc(Math.floor(expires)));
  cookie.set_http_only(httpOnly);
  cookie.set_secure(secure);
  cookie.set_same_site_policy(SAME_SITE.indexOf(sameSite));
  return cookie;
}
