import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.Key;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.Certificate;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Writes the only key of a PFX again, with each of BouncyCastle's own stores. */
public class BouncyCastle {
    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        char[] password = "password".toCharArray();
        KeyStore source = KeyStore.getInstance("PKCS12", "SunJSSE");
        source.load(new FileInputStream(arguments[0]), password);
        String alias = source.aliases().nextElement();
        Key key = source.getKey(alias, password);
        Certificate[] chain = source.getCertificateChain(alias);
        String[][] stores = {
            {"PKCS12", "bouncycastle.p12"},
            {"PKCS12-DEF-3DES-3DES", "bouncycastle-3des.p12"},
        };
        for (String[] store : stores) {
            KeyStore target = KeyStore.getInstance(store[0], "BC");
            target.load(null, null);
            target.setKeyEntry("contoso", key, password, chain);
            try (FileOutputStream out = new FileOutputStream(store[1])) {
                target.store(out, password);
            }
        }
    }
}
