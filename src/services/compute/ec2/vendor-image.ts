// Names of the images that vendors publish, in the forms that filters of their users are written for.
// @see https://documentation.ubuntu.com/aws/en/latest/aws-how-to/instances/find-ubuntu-images/
// @see https://wiki.debian.org/Cloud/AmazonEC2Image
import type { TableImage } from './public-image.ts';

const arches = [
  ['amd64', 'x86_64', false],
  ['arm64', 'arm64', true],
] as const;

const canonical = '099720109477';
const redHat = '309956199498';
const suse = '013907871322';
const debian = '136693071363';
const rocky = '792107900819';
const alma = '764336703387';
const centos = '125523088429';
const microsoft = '801119661308';
const eks = '602401143452';
const bottlerocket = '092701018921';
const fckNat = '568608671756';
const marketplace = '679593333241';

const image = (owner: string, name: string, description: string, arm: boolean, root: string): TableImage => ({
  owner,
  name,
  description,
  arm,
  root,
  paravirtual: false,
});

/** Code name, version, volume type in the path, days of builds. */
const ubuntus = [
  ['xenial', '16.04', 'hvm-ssd', ['20210928']],
  ['bionic', '18.04', 'hvm-ssd', ['20230607']],
  ['focal', '20.04', 'hvm-ssd', ['20250425', '20250530']],
  ['jammy', '22.04', 'hvm-ssd', ['20260218', '20260420']],
  ['noble', '24.04', 'hvm-ssd-gp3', ['20260220', '20260421']],
  ['plucky', '25.04', 'hvm-ssd-gp3', ['20251210']],
] as const;

function* ubuntu(): Generator<TableImage> {
  for (const [code, version, path, days] of ubuntus)
    for (const [arch, , arm] of arches)
      for (const day of days) {
        const words = `Canonical, Ubuntu, ${version}, ${arch} ${code} image`;
        const name = `ubuntu/images/${path}/ubuntu-${code}-${version}-${arch}-server-${day}`;
        yield image(canonical, name, words, arm, '/dev/sda1');
        const minimal = `ubuntu-minimal/images/${path}/ubuntu-${code}-${version}-${arch}-minimal-${day}`;
        yield image(canonical, minimal, words.replace('Ubuntu', 'Ubuntu Minimal'), arm, '/dev/sda1');
        const pro = `ubuntu-pro-server/images/${path}/ubuntu-${code}-${version}-${arch}-pro-server-${day}`;
        yield image(canonical, pro, words.replace('Ubuntu', 'Ubuntu Pro'), arm, '/dev/sda1');
      }
}

function* linux(): Generator<TableImage> {
  for (const [deb, arch, arm] of arches) {
    for (const [version, day] of [
      ['7.9', '20250129'],
      ['8.10.0', '20260303'],
      ['9.6.0', '20260310'],
      ['9.7.0', '20260414'],
      ['10.1', '20260415'],
    ] as const)
      if (version !== '7.9' || !arm)
        yield image(
          redHat,
          `RHEL-${version}_HVM-${day}-${arch}-0-Hourly2-GP3`,
          'Provided by Red Hat, Inc.',
          arm,
          '/dev/sda1',
        );
    for (const [version, day] of [
      ['11', '20260414-2449'],
      ['12', '20260413-2447'],
      ['13', '20260413-2447'],
    ] as const)
      yield image(debian, `debian-${version}-${deb}-${day}`, `Debian ${version} (${day})`, arm, '/dev/xvda');
    for (const version of ['sp6-v20260212', 'sp7-v20260405']) {
      const words = `SUSE Linux Enterprise Server 15 ${version.slice(0, 3).toUpperCase()} (HVM, 64-bit, SSD-Backed)`;
      yield image(suse, `suse-sles-15-${version}-hvm-ssd-${arch}`, words, arm, '/dev/sda1');
    }
    yield image(
      rocky,
      `Rocky-8-EC2-Base-8.10-20240528.0.${arm ? 'aarch64' : arch}`,
      'Rocky-8-EC2-Base',
      arm,
      '/dev/sda1',
    );
    yield image(
      rocky,
      `Rocky-9-EC2-Base-9.6-20250531.0.${arm ? 'aarch64' : arch}`,
      'Rocky-9-EC2-Base',
      arm,
      '/dev/sda1',
    );
    yield image(
      alma,
      `AlmaLinux OS 9.6.20250522 ${arm ? 'aarch64' : arch}`,
      'Official AlmaLinux OS 9 image',
      arm,
      '/dev/sda1',
    );
    yield image(centos, `CentOS Stream 9 ${arm ? 'aarch64' : arch} 20260413`, 'CentOS Stream 9', arm, '/dev/sda1');
    const nat = `fck-nat-al2023-hvm-1.4.0-20260110-${arch}-ebs`;
    yield image(fckNat, nat, 'fck-nat-al2023', arm, '/dev/xvda');
    for (const version of ['1.32', '1.33', '1.34', '1.35']) {
      const words = `EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: ${version})`;
      yield image(eks, `amazon-eks-node-al2023-${arch}-standard-${version}-v20260423`, words, arm, '/dev/xvda');
      const rocket = `bottlerocket-aws-k8s-${version}-${arm ? 'aarch64' : arch}-v1.57.0-2a0b5c1d`;
      yield image(bottlerocket, rocket, `Bottlerocket for Kubernetes ${version}`, arm, '/dev/xvda');
    }
  }
  const products = 'bitnami-wordpress-6.8.1-0-r02-linux-debian-12-x86_64-hvm-ebs-nami-20260320';
  yield image(marketplace, products, 'Bitnami WordPress', false, '/dev/xvda');
  yield image(marketplace, 'OpenVPN Access Server Community Image-20260115-fe8020db', 'OpenVPN', false, '/dev/sda1');
}

function* windows(): Generator<TableImage> {
  const days = ['2026.03.11', '2026.04.15'];
  for (const day of days)
    for (const year of ['2016', '2019', '2022', '2025'])
      for (const kind of [
        'Full-Base',
        'Core-Base',
        'Full-SQL_2022_Standard',
        'Full-SQL_2022_Enterprise',
        'Full-SQL_2022_Express',
        'Full-SQL_2022_Web',
      ]) {
        if (year === '2016' && kind.includes('SQL')) continue;
        const words = `Microsoft Windows Server ${year} ${kind.includes('Core') ? 'Core' : 'with Desktop Experience'} Locale English AMI provided by Amazon`;
        yield image(microsoft, `Windows_Server-${year}-English-${kind}-${day}`, words, false, '/dev/sda1');
      }
}

export const vendorImages = (): TableImage[] => [...ubuntu(), ...linux(), ...windows()];
