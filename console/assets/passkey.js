// Passkeys: asks the server for a challenge, the browser for an answer, and sends the form with it. Without this script the
// password does the same.
const text = (buffer) => {
  let raw = "";
  for (const byte of new Uint8Array(buffer)) raw += String.fromCharCode(byte);
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
const bytes = (value) => {
  const raw = atob(value.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
};

const put = (form, name, value) => {
  let input = form.querySelector(`input[name="${name}"]`);
  if (!input) {
    input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    form.append(input);
  }
  input.value = value;
};

const say = (offer, words) => {
  let told = offer.querySelector("[role=alert]");
  if (!told) {
    told = document.createElement("span");
    told.setAttribute("role", "alert");
    told.className = "small warn-text";
    offer.append(" ", told);
  }
  told.textContent = words;
};

const challenge = async (form, path) => {
  const answer = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { accept: "application/json" },
    body: new URLSearchParams(new FormData(form)),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail ?? "the console did not answer");
  return said;
};

const show = async (form, path) => {
  const asked = await challenge(form, path);
  const found = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(asked.challenge),
      rpId: asked.rp_id,
      allowCredentials: asked.credentials.map((id) => ({ type: "public-key", id: bytes(id) })),
      userVerification: "required",
      timeout: 120000,
    },
  });
  put(form, "passkey.id", text(found.rawId));
  put(form, "passkey.data", text(found.response.authenticatorData));
  put(form, "passkey.client", text(found.response.clientDataJSON));
  put(form, "passkey.signature", text(found.response.signature));
  put(form, "passkey.user", found.response.userHandle ? text(found.response.userHandle) : "");
};

const make = async (form, path) => {
  const asked = await challenge(form, path);
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(asked.challenge),
      rp: { id: asked.rp_id, name: "Guildhall console" },
      user: { id: bytes(asked.user), name: asked.name, displayName: asked.name },
      pubKeyCredParams: asked.algorithms.map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: asked.credentials.map((id) => ({ type: "public-key", id: bytes(id) })),
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      attestation: "none",
      timeout: 120000,
    },
  });
  const key = made.response.getPublicKey?.();
  if (!key) throw new Error("this browser can't read the passkey's key; use another one");
  put(form, "passkey.id", text(made.rawId));
  put(form, "passkey.data", text(made.response.getAuthenticatorData()));
  put(form, "passkey.client", text(made.response.clientDataJSON));
  put(form, "passkey.key", text(key));
  put(form, "passkey.alg", String(made.response.getPublicKeyAlgorithm()));
};

const offers = () => {
  if (!window.PublicKeyCredential) return;
  for (const offer of document.querySelectorAll("[data-passkey][hidden], [data-passkey-new][hidden]")) {
    offer.hidden = false;
    const button = offer.querySelector("button");
    button.addEventListener("click", async () => {
      const form = offer.closest("form");
      const fresh = offer.dataset.passkeyNew;
      const label = form.querySelector("[name=label]");
      if (fresh && label && !label.reportValidity()) return;
      button.disabled = true;
      try {
        await (fresh ? make(form, fresh) : show(form, offer.dataset.passkey));
        // What the form's first button would say.
        form.requestSubmit(form.querySelector("button:not([type=button])") ?? undefined);
      } catch (error) {
        say(offer, error.name === "NotAllowedError" ? "No passkey was shown. Try again, or use your password." : String(error.message));
        button.disabled = false;
      }
    });
  }
};
offers();
// Parts of a page are exchanged when something changed.
new MutationObserver(offers).observe(document.body, { childList: true, subtree: true });
