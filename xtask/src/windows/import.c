// Imports a PFX into CurrentUser\My as Windows does, without exporting its key again, and names the key's provider.
#include <windows.h>
#include <wincrypt.h>
#include <stdio.h>

static BYTE bytes[1 << 20];

int wmain(int count, wchar_t **arguments) {
  DWORD size = 0;
  if (count != 3) return 1;
  HANDLE file = CreateFileW(arguments[1], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
  if (file == INVALID_HANDLE_VALUE || !ReadFile(file, bytes, sizeof bytes, &size, NULL)) return 2;
  CRYPT_DATA_BLOB pfx = { size, bytes };
  HCERTSTORE imported = PFXImportCertStore(&pfx, arguments[2], CRYPT_USER_KEYSET);
  if (!imported) return 3;
  PCCERT_CONTEXT certificate = CertEnumCertificatesInStore(imported, NULL);
  union { CRYPT_KEY_PROV_INFO info; BYTE room[4096]; } key;
  DWORD length = sizeof key;
  if (!certificate) return 4;
  if (!CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, &key, &length)) return 5;
  HCERTSTORE my = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
  if (!my || !CertAddCertificateContextToStore(my, certificate, CERT_STORE_ADD_REPLACE_EXISTING, NULL)) return 6;
  if (!CertCloseStore(my, 0)) return 7;
  // Providers of the new kind (CNG) have the type 0.
  printf("%s: %ls\n", key.info.dwProvType ? "csp" : "cng", key.info.pwszProvName);
  return 0;
}
