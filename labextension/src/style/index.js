import './panel.css';
import './runs.css';
import './workflows.css';
