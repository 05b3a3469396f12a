import { LabIcon } from '@jupyterlab/ui-components';
// Both paths are seen from `lib`, where the compiled module lies. The logo is the kernelspec's own:
// one drawing for the launcher tile and for the kernel.
import logo from '../../daisy_kernel/kernelspec/logo-svg.svg';
import flower from '../src/style/icons/daisy.svg';

/** One colour, follows the theme: for tabs and menus. */
export const flowerIcon = new LabIcon({ name: 'daisy-labextension:flower', svgstr: flower });

/** In colours: for the launcher. */
export const logoIcon = new LabIcon({ name: 'daisy-labextension:logo', svgstr: logo });
